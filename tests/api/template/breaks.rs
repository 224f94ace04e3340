//! Every protection and every alarm is there; and tests of these tests, which take one away.

use super::{alarms, document::Template, protections, source};

/// F3: data, calls and logs are guarded as the template promises.
#[test]
fn f3_nothing_is_unprotected() {
    let missing = protections::missing(&Template::parse(&source()));
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

/// F3: whatever gets lost, fails, waits or stands still, a person is told of it.
#[test]
fn f3_nothing_goes_wrong_in_silence() {
    let missing = alarms::missing(&Template::parse(&source()));
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

/// Each of these changes to the template is named, and nothing beside it.
#[test]
fn f3_each_protection_that_is_gone_is_named() {
    for (from, to, expect) in [
        (
            "SSEAlgorithm: AES256",
            "SSEAlgorithm: none",
            "OutputsBucket is not encrypted",
        ),
        (
            "ObjectOwnership: BucketOwnerEnforced",
            "ObjectOwnership: ObjectWriter",
            "OutputsBucket may have objects that are not its owner's",
        ),
        (
            "        BlockPublicPolicy: true\n",
            "",
            "OutputsBucket may become public: BlockPublicPolicy is not on",
        ),
        (
            "RestrictPublicBuckets: true",
            "RestrictPublicBuckets: false",
            "OutputsBucket may become public: RestrictPublicBuckets is not on",
        ),
        (
            "VersioningConfiguration: { Status: Enabled }",
            "VersioningConfiguration: { Status: Suspended }",
            "OutputsBucket keeps no versions",
        ),
        (
            "AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }",
            "ExpiredObjectDeleteMarker: true",
            "OutputsBucket keeps the remains of uploads for ever",
        ),
        (
            "Status: Enabled\n            NoncurrentVersionExpiration",
            "Status: Disabled\n            NoncurrentVersionExpiration",
            "OutputsBucket keeps what was deleted for ever",
        ),
        (
            "            ExpiredObjectDeleteMarker: true\n",
            "            ExpirationInDays: 30\n",
            "OutputsBucket forgets what is in use",
        ),
        (
            "Type: AWS::S3::Bucket\n    DeletionPolicy: Retain",
            "Type: AWS::S3::Bucket\n    DeletionPolicy: Delete",
            "OutputsBucket goes with the stack",
        ),
        (
            "              - !GetAtt OutputsBucket.Arn\n              - !Sub ${OutputsBucket.Arn}/*\n",
            "              - !GetAtt OutputsBucket.Arn\n",
            "OutputsBucket lets in what comes without TLS",
        ),
        (
            "\"Null\": { s3:if-none-match: \"true\" }",
            "\"Null\": { s3:if-match: \"true\" }",
            "OutputsBucket can be written over",
        ),
        (
            "Condition: { Bool: { aws:SecureTransport: \"false\" } }",
            "Condition: { Bool: { aws:SecureTransport: \"true\" } }",
            "QueuePolicy lets in what comes without TLS",
        ),
        (
            "    DeletionPolicy: RetainExceptOnCreate\n",
            "",
            "EndpointsSecret goes with the stack",
        ),
        (
            "${AWS::StackName}-outbound\n      RetentionInDays: !Ref LogRetentionDays\n",
            "${AWS::StackName}-outbound\n",
            "OutboundLog keeps its lines for ever",
        ),
        (
            "MemorySize: 512",
            "MemorySize: 512\n      Tracing: PassThrough",
            "ExecutorFunction is not traced",
        ),
        (
            "ReservedConcurrentExecutions: !If [KeepsConcurrency, !Ref IngressConcurrency, !Ref AWS::NoValue]",
            "ReservedConcurrentExecutions: !Ref AWS::NoValue",
            "IngressFunction keeps no concurrency for itself",
        ),
        (
            "            ScalingConfig: { MaximumConcurrency: !Ref TurnsAtOnce }\n",
            "",
            "AgentFunction may take all concurrency for Inbound",
        ),
        (
            "            ScalingConfig: { MaximumConcurrency: 5 }\n",
            "",
            "ExecutorFunction may take all concurrency for Executions",
        ),
        (
            "Type: AWS::Scheduler::Schedule",
            "Type: AWS::Scheduler::ScheduleGroup",
            "there is no AWS::Scheduler::Schedule",
        ),
        (
            "Arn: !GetAtt ClockFunction.Arn\n        RoleArn",
            "Arn: !GetAtt IngressFunction.Arn\n        RoleArn",
            "ClockSchedule does not call the clock\n\
             ClockSchedule has a tick that failed repeated beside the next",
        ),
        (
            "rate(1 minute)",
            "rate(1 hour)",
            "ClockSchedule does not call once a minute",
        ),
        (
            "ScheduleExpression:",
            "State: DISABLED\n      ScheduleExpression:",
            "ClockSchedule is switched off",
        ),
        (
            "FlexibleTimeWindow: { Mode: \"OFF\" }",
            "FlexibleTimeWindow: { Mode: FLEXIBLE, MaximumWindowInMinutes: 5 }",
            "ClockSchedule calls when it likes",
        ),
        (
            "Timeout: 55",
            "Timeout: 90",
            "ClockSchedule calls again before the last call has ended",
        ),
        (
            "MaximumRetryAttempts: 0",
            "MaximumRetryAttempts: 2",
            "ClockSchedule has a tick that failed repeated beside the next",
        ),
        (
            "        ThrottlingBurstLimit: !Ref ThrottleBurst\n",
            "",
            "ApiStage takes any number of requests",
        ),
        (
            "DestinationArn: !GetAtt ApiLog.Arn",
            "DestinationArn: none",
            "ApiStage logs no requests",
        ),
        (
            "$context.routeKey",
            "$context.path",
            "ApiStage logs paths, and that of an approval page holds its token",
        ),
        (
            "AllowedValues: [\"true\", \"false\"]\n    Default: \"true\"",
            "AllowedValues: [\"true\", \"false\"]\n    Default: \"false\"",
            "DeletionProtection is off unless somebody asks for it",
        ),
        (
            "!Not [!Equals [!Ref AlarmTopic, \"\"]]",
            "!Equals [!Ref AlarmTopic, \"\"]",
            "HasAlarms does not mean that AlarmTopic is anything but \"\"",
        ),
        (
            "!Not [!Equals [!Ref IngressConcurrency, \"0\"]]",
            "!Not [!Equals [!Ref IngressConcurrency, \"1\"]]",
            "KeepsConcurrency does not mean that IngressConcurrency is anything but \"0\"",
        ),
    ] {
        check(protections::missing, from, to, expect);
    }
}

/// The same of alarms.
#[test]
fn f3_each_alarm_that_is_gone_is_named() {
    for (from, to, expect) in [
        (
            "!GetAtt StatusesDeadLetters.QueueName",
            "!GetAtt WebhooksDeadLetters.QueueName",
            "nobody is told of what is in StatusesDeadLetters",
        ),
        (
            "MetricName: ApproximateNumberOfMessagesVisible",
            "MetricName: NumberOfMessagesSent",
            "nobody is told of what is in InboundDeadLetters",
        ),
        (
            "!GetAtt ExecutionsQueue.QueueName",
            "!GetAtt ExecutionsDeadLetters.QueueName",
            "nobody is told when messages wait in ExecutionsQueue",
        ),
        (
            "Threshold: 900",
            "Threshold: 90000",
            "nobody is told when messages wait in InboundQueue",
        ),
        (
            "MetricName: 5xx",
            "MetricName: 4xx",
            "nobody is told when requests to Api fail",
        ),
        (
            "MetricName: Errors",
            "MetricName: Throttles",
            "nobody is told when ClockFunction fails",
        ),
        (
            "Threshold: 1\n      ComparisonOperator: LessThanThreshold\n      TreatMissingData: breaching",
            "Threshold: 1\n      ComparisonOperator: LessThanThreshold\n      TreatMissingData: notBreaching",
            "nobody is told when ClockFunction is called no more",
        ),
        (
            "MetricName: Invocations",
            "MetricName: Duration",
            "nobody is told when ClockFunction is called no more",
        ),
        (
            "LogGroupName: !Ref OutboundLog",
            "LogGroupName: !Ref ClockLog",
            "nobody is told of the ALARM lines of OutboundFunction",
        ),
        (
            "'{ $.message = \"ALARM*\" }'",
            "'{ $.message = \"ERROR*\" }'",
            "nobody is told of the ALARM lines of AgentFunction",
        ),
        (
            "AlarmActions: [!Ref AlarmTopic]",
            "AlarmActions: []",
            "InboundDeadLettersAlarm tells nobody",
        ),
        (
            "  ApiFailsAlarm:\n    Type: AWS::CloudWatch::Alarm\n    Condition: HasAlarms\n",
            "  ApiFailsAlarm:\n    Type: AWS::CloudWatch::Alarm\n    Condition: HasPublicUrl\n",
            "ApiFailsAlarm tells nobody",
        ),
    ] {
        check(alarms::missing, from, to, expect);
    }
}

fn check(missing: fn(&Template) -> Vec<String>, from: &str, to: &str, expect: &str) {
    let template = Template::parse(&source().replacen(from, to, 1));
    assert_eq!(missing(&template).join("\n"), expect, "{from}");
}
