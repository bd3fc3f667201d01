#!/usr/bin/python3
"""What Ansible's own modules make of cases: tests/tasks/oracle.py CASES >EXPECTED. Takes ansible-core.

Each line of CASES is {"task": {MODULE: ARGUMENTS}, "given": SHELL, "values": [PATH, ...]}; `@` is a folder of its own.
Of each: what changed the first and the second time, whether it failed, values of its record, and the folder's state.
`copy` with `content` goes to the module as its action plug-in would send it."""
import json, os, shutil, subprocess, sys, tempfile


def state_of(folder):
    found = {}
    for root, folders, files in os.walk(folder):
        folders.sort()
        for name in folders + files:
            path = os.path.join(root, name)
            status = os.lstat(path)
            entry = ["%o" % status.st_mode, status.st_uid, status.st_gid]
            if os.path.islink(path):
                entry.append(os.readlink(path).replace(folder, "@"))
            elif os.path.isfile(path) and not path.endswith((".tar", ".tgz")):
                entry.append(open(path, "rb").read().decode("latin-1").replace(folder, "@"))
            found[os.path.relpath(path, folder)] = entry
    return found


def run(module, arguments, folder):
    if module == "copy" and "content" in arguments:
        source = tempfile.NamedTemporaryFile("w", delete=False)
        source.write(arguments.pop("content"))
        source.close()
        arguments["src"] = source.name
    message = json.dumps({"ANSIBLE_MODULE_ARGS": arguments})
    ran = subprocess.run([sys.executable, "-m", "ansible.modules." + module], input=message, capture_output=True, text=True,
                         cwd=folder, env=dict(os.environ, CEF_WORD="word"))
    for line in ran.stdout.splitlines():
        if line.startswith("{"):
            return json.loads(line)
    return {"failed": True, "msg": ran.stdout + ran.stderr}


def value_of(record, path):
    for part in path.split("."):
        if not isinstance(record, dict) or part not in record:
            return None
        record = record[part]
    return record


def main():
    expected = []
    for line in open(sys.argv[1]):
        case = json.loads(line)
        folder = tempfile.mkdtemp(prefix="cef-oracle-")
        os.umask(0o022)
        if "given" in case:
            subprocess.run(["sh", "-c", case["given"]], cwd=folder, check=True)
        [(module, given)] = case["task"].items()
        text = json.dumps(given).replace("@/", folder + "/")
        first = run(module, json.loads(text), folder)
        entry = {"changed": first.get("changed", False), "failed": first.get("failed", False)}
        entry["values"] = {path: value_of(first, path) for path in case.get("values", [])}
        entry["state"] = {} if case.get("unlike") else state_of(folder)
        again = run(module, json.loads(text), folder)
        entry["again"] = again.get("changed", False)
        expected.append(json.loads(json.dumps(entry).replace(folder, "@")))
        shutil.rmtree(folder)
        print(len(expected), module, entry["changed"], entry["failed"], file=sys.stderr)
    print("[\n" + ",\n".join(json.dumps(entry) for entry in expected) + "\n]")


main()
