#!/usr/bin/python3
"""What Ansible itself makes of the expressions, conditions and templates in tests/fixtures/expr: one JSON array.

Values keep their types, as later versions of Ansible have it: 2.14 reads texts that look like lists back as lists.
usage: oracle.py FOLDER
"""
import datetime
import json
import os
import sys

os.environ["ANSIBLE_CONFIG"] = os.path.join(sys.argv[1], "ansible.cfg")  # not the user's
os.environ["ANSIBLE_DEPRECATION_WARNINGS"] = "False"
os.environ["TZ"] = "UTC"
from ansible import constants as C
from ansible.module_utils._text import to_text
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.conditional import Conditional
from ansible.template import AnsibleNativeEnvironment, Templar
from ansible.utils.display import Display
from jinja2 import pass_context

Display.warning = lambda *args, **kwargs: None


def concat(nodes):
    nodes = list(nodes)
    if not nodes:
        return ""
    if len(nodes) == 1:
        return nodes[0]
    return "".join("" if node is None else to_text(node) for node in nodes)


AnsibleNativeEnvironment.concat = staticmethod(concat)


def plain(value):
    if isinstance(value, dict):
        return {key if isinstance(key, str) else json.dumps(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, (datetime.datetime, datetime.timedelta)):
        return str(value)
    if isinstance(value, bytes):
        return value.decode()
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)


class Condition(Conditional):
    def __init__(self, when, loader):
        super().__init__(loader=loader)
        self.when = [when]


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [line.rstrip("\n") for line in file if line.strip() and not line.startswith("#")]


def main(folder):
    loader = DataLoader()
    loader.set_basedir(os.path.join(folder, "templates"))
    with open(os.path.join(folder, "variables.json"), encoding="utf-8") as file:
        variables = json.load(file)
    variables["omit"] = "__omit_place_holder__"
    C.DEFAULT_JINJA2_NATIVE = True
    native = Templar(loader=loader, variables=variables)
    # Constant expressions would be made text while they are compiled, were this function not one of the context.
    finalize = native.environment.finalize
    native.environment.finalize = pass_context(lambda context, value: finalize(value))
    C.DEFAULT_JINJA2_NATIVE = False
    text = Templar(loader=loader, variables=variables)
    text.environment.loader.searchpath = [os.path.join(folder, "templates")]

    def condition(line):
        return bool(Condition(line, loader).evaluate_conditional(text, variables))

    def template(source):
        return text.do_template(source, preserve_trailing_newlines=True, escape_backslashes=False)

    def tried(name, work, argument):
        try:
            return {"of": name, "value": plain(work(argument))}
        except Exception as error:  # whatever it is: the other side must fail too
            return {"of": name, "error": str(error).split("\n")[0][:300]}

    results = []
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".txt"):
            continue
        for line in lines(os.path.join(folder, name)):
            if name.startswith("conditions"):
                results.append(tried(line, condition, line))
            else:
                results.append(tried(line, lambda part: native.template("{{ " + part + " }}"), line))
    for name in sorted(os.listdir(os.path.join(folder, "templates"))):
        if name.startswith("_"):
            continue
        with open(os.path.join(folder, "templates", name), encoding="utf-8", newline="") as file:
            results.append(tried(name, template, file.read()))
    print("[" + ",\n".join(json.dumps(result) for result in results) + "]")


main(sys.argv[1])
