"""template.yaml, deployed to ministack with the release binaries."""

import io
import json
import os
import pathlib
import socket
import subprocess
import zipfile

import boto3
from samtranslator.yaml_helper import yaml_parse

from phones import until
from processes import Process

NAME = "countersign"
REGION = "us-east-1"
FUNCTIONS = ("ingress", "agent", "executor", "approvals", "outbound", "clock")
QUEUES = ("Inbound", "Outbound", "Statuses", "Webhooks", "Executions")
# Any will do: the emulator checks none.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def emulator(program, folder, port, sqs_port):
    """ministack, listening on loopback alone. Functions find SQS at `sqs_port`."""
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        **CREDENTIALS,
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "TMPDIR": folder,
        "S3_DATA_DIR": f"{folder}/s3",
        # What the functions' processes inherit.
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_SQS": f"http://127.0.0.1:{sqs_port}",
    }
    return Process("ministack", [program], f"{folder}/ministack.log", env=environment)


class Stack:
    """The deployed stack, and clients to look into it."""

    def __init__(self, url):
        session = boto3.Session(
            aws_access_key_id="local", aws_secret_access_key="local", region_name=REGION
        )
        self.url = url
        self.cloudformation = session.client("cloudformation", endpoint_url=url)
        self.dynamodb = session.resource("dynamodb", endpoint_url=url)
        self.functions = session.client("lambda", endpoint_url=url)
        self.s3 = session.client("s3", endpoint_url=url)
        self.secrets = session.client("secretsmanager", endpoint_url=url)
        self.sqs = session.client("sqs", endpoint_url=url)
        self.outputs = {}

    def deploy(self, binaries, parameters):
        """Creates the stack of template.yaml as `sam deploy` would, and waits until it is there."""
        template = yaml_parse(pathlib.Path("template.yaml").read_text(encoding="utf-8"))
        self.s3.create_bucket(Bucket="code")
        for function in FUNCTIONS:
            self.s3.upload_fileobj(
                zipped(f"{binaries}/{function}"), "code", f"{function}.zip"
            )
            properties = template["Resources"][f"{function.capitalize()}Function"]["Properties"]
            properties["CodeUri"] = f"s3://code/{function}.zip"
        # Each has its own now, as after `sam package`.
        del template["Globals"]["Function"]["CodeUri"]
        # Inline it may have 51,200 bytes; sam uploads a larger one, too.
        self.s3.put_object(Bucket="code", Key="template.json", Body=json.dumps(template))
        self.cloudformation.create_stack(
            StackName=NAME,
            TemplateURL=f"{self.url}/code/template.json",
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in parameters.items()
            ],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )

        def created():
            stack = self.cloudformation.describe_stacks(StackName=NAME)["Stacks"][0]
            status = stack["StackStatus"]
            if status == "CREATE_COMPLETE":
                return stack
            assert status == "CREATE_IN_PROGRESS", f"{status}: {self.failures()}"
            return None

        stack = until("the stack is CREATE_COMPLETE", created)
        self.outputs = {
            output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]
        }

    def failures(self):
        """Why resources could not be made."""
        events = self.cloudformation.describe_stack_events(StackName=NAME)["StackEvents"]
        return [
            (event["LogicalResourceId"], event.get("ResourceStatusReason"))
            for event in events
            if event["ResourceStatus"].endswith("FAILED")
        ]

    def seed(self, program, port):
        """The demo company, and the secrets of a `cargo dev` at `port`."""
        environment = {**os.environ, **CREDENTIALS, "AWS_ENDPOINT_URL": self.url}
        table = self.outputs["BusinessTableName"]
        subprocess.run([program, "seed", "--table", table], env=environment, check=True)
        shown = subprocess.run(
            [program, "env", "--reveal", "--port", str(port)],
            capture_output=True, text=True, check=True,
        ).stdout
        settings = dict(line.split("=", 1) for line in shown.splitlines())
        self.secrets.put_secret_value(
            SecretId=self.outputs["EndpointsSecretArn"],
            SecretString=settings["ENDPOINTS"].strip("'"),
        )

    def invoke(self, function, event):
        """Calls a function, which must not fail; gives its answer."""
        answer = self.functions.invoke(
            FunctionName=f"{NAME}-{function}", Payload=json.dumps(event).encode()
        )
        payload = answer["Payload"].read().decode()
        assert "FunctionError" not in answer, f"{function}: {payload}"
        return json.loads(payload)

    def items(self, table):
        """Every item of a table."""
        scanned = self.dynamodb.Table(self.outputs[f"{table}TableName"]).scan(ConsistentRead=True)
        assert "LastEvaluatedKey" not in scanned, f"{table} has more than a page"
        return scanned["Items"]

    def objects(self):
        """The keys in the bucket of outputs."""
        listed = self.s3.list_objects_v2(Bucket=self.outputs["OutputsBucketName"])
        return [found["Key"] for found in listed.get("Contents", [])]

    def queue(self, name):
        """A queue's URL."""
        return self.outputs[f"{name}QueueUrl"]

    def dead_letters(self, name):
        """The URL of a queue's dead letters."""
        attributes = self.sqs.get_queue_attributes(
            QueueUrl=self.queue(name), AttributeNames=["RedrivePolicy"]
        )["Attributes"]
        arn = json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"]
        return self.sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[1])["QueueUrl"]

    def waiting(self, url):
        """How many messages a queue has, visible or not."""
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        return sum(
            int(attributes["Attributes"].get(name, 0))
            for name in (
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            )
        )

    def all_quiet(self):
        """Waits until no queue has anything."""
        until(
            "all queues are empty",
            lambda: not any(self.waiting(self.queue(name)) for name in QUEUES),
        )


def zipped(binary):
    """A function's package: the binary, called bootstrap and allowed to run."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        package.writestr(entry, pathlib.Path(binary).read_bytes())
    packed.seek(0)
    return packed
