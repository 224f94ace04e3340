//! Who may do what, read from the roles and the policies of the template.

use std::fmt::Write;

use serde_json::Value;

use super::document::{FUNCTION, Template, after_stack_name, many, points_at};

/// Actions that know no resource, so that AWS takes them with `*` only. Tracing writes to the
/// account's own traces and reads nothing.
const WITHOUT_RESOURCE: [&str; 2] = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"];

/// What is taken away or made: a message that was taken, and where log lines go.
const TAKES_AWAY_OR_MAKES: [&str; 2] = ["sqs:DeleteMessage", "logs:CreateLogStream"];

/// Parameters that are one resource of the company's own; their patterns take no `*`.
const GIVEN: [&str; 3] = ["ModelsSecret", "ToolSecrets", "TranscriptionSecret"];

const HEAD: &str = "\
# Who may do what

Made from `template.yaml` by `UPDATE_EXPECT=1 cargo test --test it template`, and compared with it by
every `cargo test`: a change of rights is a change of this page. Names are those of the template's
resources. Nobody may delete anything but a message they took, or create anything but a log stream.
";

/// The page.
pub fn page(template: &Template) -> String {
    let mut page = HEAD.to_owned();
    for (role, it) in template.of_type("AWS::IAM::Role") {
        let trust = &it["Properties"]["AssumeRolePolicyDocument"];
        writeln!(page, "\n## {}\n", who(template, role)).unwrap();
        for statement in many(&trust["Statement"]) {
            let conditions = conditions(statement);
            let only = if conditions.is_empty() {
                ""
            } else {
                ", only if "
            };
            let service = statement["Principal"]["Service"].as_str().unwrap_or("?");
            writeln!(
                page,
                "Role `{role}`, taken on by {service}{only}{conditions}.\\"
            )
            .unwrap();
        }
        page.truncate(page.trim_end_matches("\\\n").len());
        page.push_str("\n\n| on | may | if |\n| --- | --- | --- |\n");
        for statement in allowed(template, role) {
            for resource in many(&statement["Resource"]) {
                let actions = many(&statement["Action"]);
                row(
                    &mut page,
                    &[
                        &self::resource(resource),
                        &list(&actions),
                        &conditions(statement),
                    ],
                );
            }
        }
    }

    page.push_str("\n## What the world reaches\n\n| route | function |\n| --- | --- |\n");
    let mut routes: Vec<[&str; 2]> = template
        .of_type("AWS::ApiGatewayV2::Route")
        .map(|(_, route)| {
            let route = &route["Properties"];
            let integration = points_at(&route["Target"]).unwrap_or_default();
            let integration = template.resource(integration);
            let function = points_at(&integration["Properties"]["IntegrationUri"]);
            [
                route["RouteKey"].as_str().unwrap_or("?"),
                function.unwrap_or("?"),
            ]
        })
        .collect();
    routes.sort_by_key(|[route, _]| route.split_once(' ').map(|(method, path)| (path, method)));
    for [route, function] in routes {
        row(&mut page, &[&format!("`{route}`"), function]);
    }

    page.push_str(
        "\n## Who may call the functions\n\n| function | who | from |\n| --- | --- | --- |\n",
    );
    for (_, it) in template.of_type("AWS::Lambda::Permission") {
        let properties = &it["Properties"];
        let function = points_at(&properties["FunctionName"]).unwrap_or("?");
        let from = match properties["SourceArn"]["Fn::Sub"].as_str() {
            Some(arn) => format!("`{}`", arn.rsplit_once(':').map_or(arn, |(_, path)| path)),
            None => "anywhere".to_owned(),
        };
        let principal = properties["Principal"].as_str().unwrap_or("?");
        row(&mut page, &[function, principal, &from]);
    }

    page.push_str(
        "\n## What is refused to everybody\n\n| on | refused | if |\n| --- | --- | --- |\n",
    );
    for (id, it) in template
        .of_type("AWS::SQS::QueuePolicy")
        .chain(template.of_type("AWS::S3::BucketPolicy"))
    {
        let document = &it["Properties"]["PolicyDocument"];
        for statement in many(&document["Statement"]) {
            assert_eq!(statement["Effect"], "Deny", "{id} gives rights");
            let on: Vec<String> = many(&statement["Resource"])
                .into_iter()
                .map(|resource| match resource.as_str() {
                    Some("*") => "every queue".to_owned(),
                    _ => self::resource(resource),
                })
                .collect();
            let actions = many(&statement["Action"]);
            row(
                &mut page,
                &[&on.join(", "), &list(&actions), &conditions(statement)],
            );
        }
    }
    page
}

/// Rights that are wider than one action on one resource, and ways around the roles.
pub fn wide(template: &Template) -> Vec<String> {
    let mut wide = Vec::new();
    for (role, it) in template.of_type("AWS::IAM::Role") {
        if !it["Properties"]["ManagedPolicyArns"].is_null() {
            wide.push(format!("{role} has managed policies"));
        }
        for statement in allowed(template, role) {
            if !statement["NotAction"].is_null() || !statement["NotResource"].is_null() {
                wide.push(format!("{role} may all but something"));
            }
            for action in many(&statement["Action"]) {
                let action = action.as_str().unwrap();
                if action.contains(['*', '?']) {
                    wide.push(format!("{role} may {action}, which is not one action"));
                }
                let verb = action.split_once(':').map_or(action, |(_, verb)| verb);
                let takes_away_or_makes = verb.starts_with("Delete") || verb.starts_with("Create");
                if takes_away_or_makes && !TAKES_AWAY_OR_MAKES.contains(&action) {
                    wide.push(format!("{role} may {action}, which nobody may"));
                }
                for resource in many(&statement["Resource"]) {
                    if !is_narrow(template, action, resource) && !WITHOUT_RESOURCE.contains(&action)
                    {
                        let resource = self::resource(resource);
                        wide.push(format!("{role} may {action} on {resource}"));
                    }
                }
            }
        }
    }
    for (function, it) in template.of_type(FUNCTION) {
        if !template.properties(it)["Policies"].is_null() {
            wide.push(format!("{function} has policies beside its role's"));
        }
    }
    for (id, policy) in template.of_type("AWS::IAM::RolePolicy") {
        let role = points_at(&policy["Properties"]["RoleName"]);
        if !role.is_some_and(|role| template.resource(role)["Type"] == "AWS::IAM::Role") {
            wide.push(format!("{id} is of no role here"));
        }
    }
    for policy in ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"] {
        wide.extend(
            template
                .of_type(policy)
                .map(|(id, _)| format!("{id} is no role's own")),
        );
    }
    wide
}

/// Whether it is something made here; of a bucket also every object, whose keys are hashes.
fn is_narrow(template: &Template, action: &str, resource: &Value) -> bool {
    let ours = points_at(resource).is_some_and(|id| template.has(id) || GIVEN.contains(&id));
    let text = resource["Fn::Sub"].as_str().unwrap_or_default();
    ours && (!text.contains('*') || action.starts_with("s3:"))
}

/// What a role may, and what it may besides in stacks with a certain option.
fn allowed<'a>(template: &'a Template, role: &str) -> Vec<&'a Value> {
    let own = many(&template.resource(role)["Properties"]["Policies"]).into_iter();
    let others = template
        .of_type("AWS::IAM::RolePolicy")
        .map(|(_, policy)| &policy["Properties"])
        .filter(|policy| points_at(&policy["RoleName"]) == Some(role));
    own.chain(others)
        .flat_map(|policy| many(&policy["PolicyDocument"]["Statement"]))
        .inspect(|statement| assert_eq!(statement["Effect"], "Allow"))
        .collect()
}

/// The function of a role, or what else takes it on.
fn who(template: &Template, role: &str) -> String {
    let mut functions = template.of_type(FUNCTION);
    let function = functions.find(|(_, it)| points_at(&it["Properties"]["Role"]) == Some(role));
    match function {
        Some((id, it)) => after_stack_name(&it["Properties"]["FunctionName"])
            .unwrap_or(id)
            .to_owned(),
        None => role.trim_end_matches("Role").to_lowercase(),
    }
}

/// `ThreadsTable`, `ThreadsTable/index/due`, `OutputsBucket/*` or `*`.
fn resource(value: &Value) -> String {
    match (value["Fn::Sub"].as_str(), points_at(value)) {
        (Some(text), _) => format!("`{}`", text.replace("${", "").replace(".Arn}", "")),
        (None, Some(id)) => format!("`{id}`"),
        (None, None) => format!("`{}`", value.as_str().unwrap_or("?")),
    }
}

fn list(values: &[&Value]) -> String {
    let words = values.iter().filter_map(|value| value.as_str());
    words
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn conditions(statement: &Value) -> String {
    let conditions = statement["Condition"].as_object().into_iter().flatten();
    conditions
        .flat_map(|(operator, keys)| {
            let keys = keys.as_object().into_iter().flatten();
            keys.map(move |(key, value)| match points_at(value) {
                Some(id) => format!("`{operator}` `{key}` is `{id}`"),
                None => format!("`{operator}` `{key}` is {value}"),
            })
        })
        .collect::<Vec<_>>()
        .join(" and ")
}

fn row(page: &mut String, cells: &[&str]) {
    writeln!(page, "| {} |", cells.join(" | ").trim_end()).unwrap();
}
