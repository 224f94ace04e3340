"""Translates the template as CloudFormation would, and writes what comes out as JSON.

usage: translate.py TEMPLATE OUT [NAME=VALUE...]

NAME=VALUE sets parameters; what has a default needs none. Nothing is called: the translator only
asks AWS for managed policies, and the template names none.
"""

import json
import sys

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse


def main(template, out, *parameters):
    with open(template, encoding="utf-8") as file:
        source = yaml_parse(file)
    # As `sam package` does: the code of a function is in a bucket by then.
    for resource in source["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/function.zip"
    source.get("Globals", {}).get("Function", {}).pop("CodeUri", None)
    translator = Translator(managed_policy_map={}, sam_parser=Parser())
    values = dict(parameter.split("=", 1) for parameter in parameters)
    translated = translator.translate(sam_template=source, parameter_values=values)
    with open(out, "w", encoding="utf-8") as file:
        json.dump(translated, file, indent=1, default=str)
    added = sorted(set(translated["Resources"]) - set(source["Resources"]))
    print(f"{len(source['Resources'])} resources became {len(translated['Resources'])}")
    print("added: " + ", ".join(added))


main(*sys.argv[1:])
