#!/usr/bin/env python3
"""Plays playbooks by cef on a node and by ansible-playbook on its twin, and compares what came of them: the recap's
counts, what each task returned, and every file, account, package and service of the node.

    twins.py CEF FOLDER [KIND|NAME...]

Each playbook begins with a line `# twins: KIND [check] [collection...] [+package...]`: on what kind of node it is played
(plain, systemd, packages), whether before that in check mode too, which collections Ansible needs for it, and which of
Debian's packages the node. It is played twice: the second time nothing may change that does not say so to Ansible, too."""
import concurrent.futures
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from twin_nodes import Node, SOURCE, keys

COUNTS = {"ok": "ok", "changed": "changed", "unreachable": "unreachable", "failures": "failed", "skipped": "skipped",
          "rescued": "rescued", "ignored": "ignored"}
# What the archive of nodes with packages has beside its own, where Debian can be reached.
FROM_DEBIAN = ["chrony", "cron", "iptables", "rsync"]
HERE = os.path.dirname(os.path.abspath(__file__))

# Not compared: what differs from run to run, what Ansible tells of itself, words for people.
LEFT_OUT = {"start", "end", "delta", "invocation", "atime", "mtime", "ctime", "inode", "dev", "diff", "warnings", "deprecations",
            "ansible_facts", "src", "md5sum", "msg", "cmd", "exception", "module_stdout", "module_stderr", "attempts",
            "failed_when_result", "version", "attributes", "attr_flags", "mimetype", "charset", "stat_atime", "block_size",
            "blocks", "device_type", "nlink", "elapsed", "extract_results",
            "censored", "ansible_job_id", "results_file"}
# Of modules that others write on the side: (module, field).
LEFT_OUT_OF = {("apt", "stdout"), ("apt", "stdout_lines"), ("apt", "stderr"), ("apt", "stderr_lines"),
               ("package", "stdout"), ("package", "stdout_lines"), ("package", "stderr"), ("package", "stderr_lines"),
               *(("authorized_key", name) for name in ("state", "manage_dir", "validate_certs", "key_options", "comment",
                                                  "exclusive")),
               ("copy", "path"), ("user", "stderr"), ("user", "stderr_lines"), ("apt", "cache_update_time"), ("package", "cache_update_time"), ("tempfile", "path"),
               ("pause", "stdout"), ("pause", "stop"), ("uri", "date"), ("uri", "last_modified")}
# Of what systemd says of a unit, which is full of times and numbers, these are.
OF_STATUS = {"ActiveState", "Description", "FragmentPath", "LoadState", "SubState", "Type", "UnitFileState", "User"}
# Of the node's files: what each tool keeps of its own, and what any login or service leaves.
UNLIKE = re.compile(
    r"^/(var/log|var/cache|home/edge/\.ansible|root/\.ansible|root/\.cache|home/edge/\.cache|var/lib/systemd|etc/node|proc|sys|dev|run"
    r"|var/lib/private|var/tmp/systemd|tmp/systemd|etc/machine-id|etc/resolv\.conf|var/lib/dpkg/(lock|triggers|info|available|status-old)"
    r"|var/lib/apt/(periodic|lists)|var/lib/ucf|etc/(passwd|group|shadow|gshadow|subuid|subgid)-|var/lib/chrony|home/edge/\.ssh/known"
    r"|etc/ld\.so\.cache|var/lib/dbus|usr/lib/python3|usr/local/lib/python|etc/\.pwd\.lock|var/lib/logrotate|tmp/ansible|var/tmp/cef-\d+|etc/apt/\.)|__pycache__|/\.sudo_as_admin"
    # What ssh-keygen keeps when it takes a name from known hosts; when and how git fetched what it has.
    r"|^/srv/known\.old|/\.git/(objects|logs|index|FETCH_HEAD|ORIG_HEAD)")
OWN_COPY = re.compile(r"/[^ \"]*/twin-[a-z0-9_]+/books")
# Where crontab took a table from, and when.
INSTALLED = re.compile(r"# \([^ ]* installed on [^)]*\)")
BACKUP = re.compile(r"\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~")


def run(command, folder, more):
    environment = {**os.environ, "LC_ALL": "C.UTF-8", **more}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=1200)


def word(result):
    for name, status in (("unreachable", "unreachable"), ("failed", "failed"), ("skipped", "skipping")):
        if result.get(name):
            return status
    return "changed" if result.get("changed") else "ok"


class Tool:
    """One of the two, on a node, with a copy of the playbooks in `at`."""

    def __init__(self, node, folder, at, shared):
        self.node, self.at = node, os.path.join(at, "books")
        shutil.copytree(folder, self.at)
        self.known_hosts = os.path.join(at, "known_hosts")
        with open(self.known_hosts, "w") as file, open(os.path.join(shared, "keys", "host.pub")) as key:
            file.write(f"{node.address} {key.read()}")
        with open(os.path.join(self.at, "hosts.ini"), "w") as file:
            file.write(f"[nodes]\ntwin ansible_host={node.address} ansible_user=edge ansible_ssh_private_key_file="
                       f"{shared}/keys/login ansible_python_interpreter=/usr/bin/python3\n")


class Ansible(Tool):
    def play(self, book, options):
        more = {"ANSIBLE_STDOUT_CALLBACK": "beside_report", "ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_PIPELINING": "true",
                "ANSIBLE_CALLBACK_PLUGINS": os.path.join(HERE, "callback"), "ANSIBLE_DEPRECATION_WARNINGS": "false",
                "ANSIBLE_HOME": os.path.join(self.at, ".ansible"), "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_SSH_CONTROL_PATH_DIR": tempfile.mkdtemp(prefix="cm"), "HOME": self.at,
                "ANSIBLE_SSH_COMMON_ARGS": f"-F none -o UserKnownHostsFile={self.known_hosts} -o StrictHostKeyChecking=yes"}
        done = run(self.node.inside(["/usr/bin/python3", shutil.which("ansible-playbook"), "-i", "hosts.ini", book, *options]),
                   self.at, more)
        shutil.rmtree(more["ANSIBLE_SSH_CONTROL_PATH_DIR"], ignore_errors=True)
        lines = [line for line in done.stdout.splitlines() if line.startswith('{"tasks"')]
        text = done.stdout[-3000:] + done.stderr[-3000:]
        if not lines:
            return {"counts": {}, "tasks": [], "exit": done.returncode, "text": text}
        report = json.loads(lines[-1])
        counts = {host: {ours: numbers.get(theirs, 0) for theirs, ours in COUNTS.items()}
                  for host, numbers in report["stats"].items()}
        tasks = []
        for task in report["tasks"]:
            action = task["action"].split(".")[-1]
            if action not in ("include_tasks", "include_role", "gather_facts"):
                tasks.append({"task": task["task"], "module": action, "host": task["host"], "status": word(task["result"]),
                              "result": task["result"]})
        return {"counts": counts, "tasks": tasks, "exit": done.returncode, "text": done.stderr[-3000:]}


class Cef(Tool):
    def __init__(self, node, folder, at, shared, cef):
        super().__init__(node, folder, at, shared)
        self.cef = cef

    def play(self, book, options):
        done = run(self.node.inside([self.cef, "play", "-i", "hosts.ini", "--known-hosts", self.known_hosts, book, "--format", "json",
                                     "--journal", "none", *options]), self.at, {"HOME": self.at})
        try:
            report = json.loads(done.stdout)
        except ValueError:
            return {"counts": {}, "tasks": [], "exit": done.returncode, "text": done.stdout + done.stderr}
        counts, tasks = {}, []
        for each in report["results"]:
            data = each.get("data") or {}
            counts[each["host"]] = {ours: data.get(ours, 0) for ours in COUNTS.values()}
            for task in data.get("tasks", []):
                if task["module"] in ("include_tasks", "include_role"):
                    continue
                tasks.append({"task": task["task"], "module": task["module"], "host": each["host"],
                              "status": {"ignored": "failed"}.get(task["status"], task["status"]),
                              "result": task.get("result") or {}})
        return {"counts": counts, "tasks": tasks, "exit": done.returncode, "text": done.stderr[-3000:]}


def plain(text):
    return INSTALLED.sub("# (a table)", OWN_COPY.sub("BOOKS", BACKUP.sub(".BACKUP~", text)))


def fields(ansible, cef, module, path=""):
    """What of what Ansible returned cef did not, or otherwise."""
    if isinstance(ansible, dict) and isinstance(cef, dict):
        for name, theirs in ansible.items():
            if path.endswith("status.") and name not in OF_STATUS:
                continue
            if name in LEFT_OUT or name.startswith("_ansible") or (module, name) in LEFT_OUT_OF:
                continue
            if name == "size" and ansible.get("state") == "directory":
                continue  # as much as its file system takes for what is, and for a moment was, in it
            if name not in cef:
                if theirs not in (None, "", [], {}, False):
                    yield f"{path}{name}: ansible {json.dumps(theirs)[:300]}, cef has none"
            else:
                yield from fields(theirs, cef[name], module, f"{path}{name}.")
    elif isinstance(ansible, list) and isinstance(cef, list) and len(ansible) == len(cef):
        for i, (theirs, ours) in enumerate(zip(ansible, cef)):
            yield from fields(theirs, ours, module, f"{path}{i}.")
    else:
        # Bytes that are no text: what Python has in their place is none either.
        ansible = re.sub("[\udc80-\udcff]", "\ufffd", ansible) if isinstance(ansible, str) else ansible
        theirs, ours = (plain(json.dumps(each)) for each in (ansible, cef))
        # A number and its text are one to either's conditions.
        if theirs != ours and str(ansible) != str(cef):
            yield f"{path[:-1]}: ansible {theirs[:300]}, cef {ours[:300]}"


def without_status(result, module):
    """`raw` and `script` get a terminal from Ansible, in which the two streams are one and lines end in CR LF; cef gives
    none: all that was said is compared."""
    kept = {name: value for name, value in result.items() if name not in ("changed", "failed", "skipped", "unreachable")}
    if module in ("raw", "script") and "stdout" in kept:
        said = (kept.pop("stdout") + "\n" + kept.pop("stderr", "")).replace("\r", "")
        kept = {name: value for name, value in kept.items() if name not in ("stdout_lines", "stderr_lines")}
        kept["said"] = [line for line in said.split("\n") if line and not line.startswith("Shared connection to ")]
    return kept


def differences(ansible, cef):
    for host in sorted(set(ansible["counts"]) | set(cef["counts"])):
        theirs, ours = ansible["counts"].get(host), cef["counts"].get(host)
        if theirs != ours:
            unlike = {name: (theirs or {}).get(name) for name in COUNTS.values() if (theirs or {}).get(name) != (ours or {}).get(name)}
            yield f"recap of {host}: ansible {unlike}, cef {({name: (ours or {}).get(name) for name in unlike})}"
    if ansible["exit"] != cef["exit"]:
        yield f"exit code: ansible {ansible['exit']}, cef {cef['exit']}"
    left = list(cef["tasks"])
    for theirs in ansible["tasks"]:
        # One without a name is called after its module, with the collection or without.
        key = lambda task: (task["host"], re.sub(r"^([a-z_]+\.){2}(?=[a-z0-9_]+$)", "", task["task"]))
        ours = next((each for each in left if key(each) == key(theirs)), None)
        if not ours:
            yield f"only ansible: {theirs['task']}: {theirs['status']}"
            continue
        left.remove(ours)
        name = f"task '{theirs['task']}' ({theirs['module']})"
        if theirs["status"] != ours["status"]:
            yield (f"{name}: ansible {theirs['status']} ({json.dumps(theirs['result'].get('msg', ''))[:300]}), cef "
                   f"{ours['status']} ({json.dumps(ours['result'].get('msg', ''))[:300]})")
        elif theirs["status"] != "failed" or theirs["module"] in ("command", "shell", "script", "raw"):
            for line in fields(*(without_status(each["result"], theirs["module"]) for each in (theirs, ours)), theirs["module"]):
                yield f"{name}: {line}"
    for ours in left:
        yield f"only cef: {ours['task']}: {ours['status']} {json.dumps(ours['result'])[:300]}"


def state_of(node, kind):
    found = {}
    for path, entry in node.state().items():
        if not UNLIKE.search(path):
            found.setdefault(plain(path), []).append([plain(part) if isinstance(part, str) else part for part in entry])
    # Of several backups of a file the names tell no order.
    files = {f"{path} ({number})" if number else path: entry
             for path, several in found.items() for number, entry in enumerate(sorted(several, key=repr))}
    state = {"files": files, "mounts": sorted(" ".join(line.split()[1:4]) for line in node.shell("cat /proc/mounts").splitlines()),
             "name": node.shell("hostname")}
    state["mounts"] = [line for line in state["mounts"] if not line.startswith(("/run/user", "/run/over", "/ overlay"))]
    if kind != "plain":
        units = node.shell("systemctl list-units --all --plain --no-legend --no-pager --type service,socket,timer,mount")
        shown = [line.split()[:4] for line in units.splitlines()]
        state["units"] = [unit for unit in shown if unit[1] != "not-found" and not re.match(r"(user|session|run-|systemd-(tmpfiles|logind|timedated|hostnamed)|modprobe@)", unit[0])]
    if kind == "packages":
        state["packages"] = node.shell("dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\\n'").splitlines()
    return state


def unlike(ansible, cef):
    for path in sorted(set(ansible["files"]) | set(cef["files"])):
        theirs, ours = ansible["files"].get(path), cef["files"].get(path)
        if theirs != ours:
            yield f"file {path}: ansible {json.dumps(theirs)[:600]}, cef {json.dumps(ours)[:600]}"
    for name in ("mounts", "name", "units", "packages"):
        theirs, ours = ansible.get(name), cef.get(name)
        if theirs != ours:
            if isinstance(theirs, list):
                theirs, ours = [each for each in theirs if each not in ours], [each for each in ours if each not in theirs]
            yield f"{name}: only ansible {theirs}, only cef {ours}"


def header(path):
    with open(path) as file:
        line = file.readline()
    words = line.split()[2:] if line.startswith("# twins:") else []
    return words


def collections_are_there(names):
    if not names:
        return True
    listed = subprocess.run(["/usr/bin/python3", shutil.which("ansible-galaxy"), "collection", "list", "--format", "json"],
                            capture_output=True, text=True)
    try:
        there = {name for folder in json.loads(listed.stdout).values() for name in folder}
    except ValueError:
        there = set()
    return set(names) <= there


def phases_of(words):
    return ([("check", ["--check"])] if "check" in words else []) + [("first", []), ("second", [])]


def play_all(tool, name, words):
    """What came of each phase, and how the node is then; first of all how it was before."""
    found = [{"state": state_of(tool.node, words[0])}]
    for _, options in phases_of(words):
        result = tool.play(name, options)
        result["state"] = state_of(tool.node, words[0])
        found.append(result)
    return found


def on_node(make, name, words, state, archive):
    kind = words[0]
    folder = tempfile.mkdtemp(prefix="twin-", dir=state)
    node = Node(os.path.join(folder, "node"), kind, os.path.join(state, "keys"), archive if kind == "packages" else None)
    try:
        return play_all(make(node, folder), name, words)
    finally:
        node.end()
        shutil.rmtree(folder, ignore_errors=True)


def compare(name, words, ansible, cef):
    """What differs, each thing once."""
    seen = set()

    def tell(phase, lines):
        for line in lines:
            if line not in seen:
                seen.add(line)
                yield f"{phase}: {line}"

    yield from tell("before", unlike(ansible[0]["state"], cef[0]["state"]))
    for i, (phase, _) in enumerate(phases_of(words), 1):
        theirs, ours = ansible[i], cef[i]
        if not theirs["tasks"] or not ours["tasks"]:
            yield from tell(phase, [f"ansible said: {theirs['text']}", f"cef said: {ours['text']}"])
        yield from tell(phase, differences(theirs, ours))
        if phase == "check":
            yield from tell(phase, (f"cef's check mode changed: {line}" for line in unlike(cef[0]["state"], ours["state"])))
        else:
            yield from tell(phase, unlike(theirs["state"], ours["state"]))


def of_ansible(make, name, words, folder, state, archive):
    """With CEF_TWINS_KEPT, a folder, what it did to the same playbook before is taken from there."""
    kept = os.environ.get("CEF_TWINS_KEPT")
    if not kept:
        return on_node(make, name, words, state, archive)
    with open(os.path.join(folder, name), "rb") as file:
        place = os.path.join(kept, f"{name}-{hashlib.sha256(file.read()).hexdigest()[:12]}.json")
    if os.path.exists(place):
        with open(place) as file:
            return json.load(file)
    found = on_node(make, name, words, state, archive)
    with open(place, "w") as file:
        json.dump(found, file)
    return json.loads(json.dumps(found))


def main(cef, folder, wanted):
    books = []
    for name in sorted(each for each in os.listdir(folder) if each.endswith(".yml")):
        words = header(os.path.join(folder, name))
        if words and (not wanted or name in wanted or name[:-4] in wanted or words[0] in wanted):
            books.append((name, words))
    state = tempfile.mkdtemp(prefix="cef-twins-")
    os.mkdir(os.path.join(state, "keys"))
    keys(os.path.join(state, "keys"))
    archive = os.environ.get("CEF_TWINS_ARCHIVE") or os.path.join(state, "archive")
    if any(words[0] == "packages" for _, words in books):
        subprocess.run([os.path.join(SOURCE, "scripts", "fleet", "archive"), archive, *FROM_DEBIAN], check=True)
    wrong = played = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, words in books:
            needed = [word for word in words[1:] if "." in word]
            packages = [word[1:] for word in words[1:] if word.startswith("+")]
            if not all(glob.glob(os.path.join(archive, "new", f"{package}_*.deb")) for package in packages):
                print(f"left out: {name} takes {' '.join(packages)}, which Debian does not give here", flush=True)
                continue
            if not collections_are_there(needed):
                print(f"left out: {name} takes {' '.join(needed)}", flush=True)
                continue
            ansible = pool.submit(of_ansible, lambda node, at: Ansible(node, folder, at, state), name, words, folder, state, archive)
            ours = pool.submit(on_node, lambda node, at: Cef(node, folder, at, state, cef), name, words, state, archive)
            found = list(compare(name, words, ansible.result(), ours.result()))
            print(f"{'OTHER' if found else 'same '} {name} ({words[0]})", flush=True)
            for line in found:
                print("    " + line, flush=True)
            played += 1
            wrong += bool(found)
    shutil.rmtree(state, ignore_errors=True)
    print(f"{played} playbooks, {wrong} of them otherwise")
    return 1 if wrong or not played else 0


if __name__ == "__main__":
    if not shutil.which("ansible-playbook"):
        print("ansible-playbook is not installed")
        sys.exit(77)
    if os.geteuid() != 0:
        print("nodes take root")
        sys.exit(77)
    sys.exit(main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:]))
