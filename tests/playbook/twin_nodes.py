"""Nodes that are alike, each in a network of its own: same name, same address, same keys. Takes root and namespaces."""
import json
import os
import shlex
import signal
import subprocess
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FLEET = os.path.join(SOURCE, "scripts", "fleet")
SETTINGS = """HostKey @HERE@/ssh_host_ed25519_key
AuthorizedKeysFile @HERE@/authorized_keys
PidFile none
LogLevel VERBOSE
UsePAM {pam}
UseDNS no
StrictModes no
MaxStartups 1000
PasswordAuthentication no
PrintMotd no
PrintLastLog no
Subsystem sftp internal-sftp
"""

# What a node's root holds that this machine's does not: a path each, with mode, owner and content. Runs as root in the
# node's mounts, outside its root.
LISTING = r"""
import hashlib, json, os, stat, sys
top, upper = sys.argv[1:]
found = {}
def note(path, shown):
    try:
        status = os.lstat(shown)
    except FileNotFoundError:
        found[path] = ["gone"]
        return
    # A folder in which something else was made stands in the upper layer, too.
    same = lambda other: (status.st_mode, status.st_uid, status.st_gid) == (other.st_mode, other.st_uid, other.st_gid)
    if stat.S_ISDIR(status.st_mode) and os.path.isdir(path) and same(os.lstat(path)):
        return
    entry = ["%o" % status.st_mode, status.st_uid, status.st_gid]
    if stat.S_ISLNK(status.st_mode):
        entry.append(os.readlink(shown))
    elif stat.S_ISREG(status.st_mode):
        with open(shown, "rb") as file:
            data = file.read()
        entry.append(data.decode("latin-1") if len(data) < 4096 else hashlib.sha256(data).hexdigest())
    found[path] = entry
for root, below in ((upper, ""), (top + "/tmp", "/tmp")):
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = below + "/" + os.path.relpath(os.path.join(folder, name), root)
            note(path, top + path)
print(json.dumps(found))
"""


def must(command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise RuntimeError(" ".join(command)[:200] + " failed: " + done.stdout + done.stderr)
    return done.stdout


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(word) for word in file.read().split()]


def eventually(what, seconds=300):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.05)
    return False


def keys(folder):
    """A key to log in with, and that of the hosts."""
    for name in ("login", "host"):
        must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", os.path.join(folder, name)])


class Node:
    """`kind`: plain, systemd, or packages (with an archive of its own, and systemd)."""

    address = "10.99.1.2"

    def __init__(self, folder, kind, keys_at, archive=None):
        self.folder = folder
        os.makedirs(folder)
        write = lambda name, text: open(os.path.join(folder, name), "w").write(text)
        for name, source in (("ssh_host_ed25519_key", "host"), ("authorized_keys", "login.pub")):
            with open(os.path.join(keys_at, source)) as file:
                write(name, file.read())
        os.chmod(os.path.join(folder, "ssh_host_ed25519_key"), 0o600)
        write("hostname", "twin\n")
        write("persona", "control\n")
        write("user", "edge\n")
        systemd = kind != "plain"
        if systemd:
            write("systemd", "")
        if archive:
            write("archive", archive)
        write("sshd_config.in", SETTINGS.format(pam="yes" if systemd else "no"))
        self.log = os.path.join(folder, "log")
        self.network = subprocess.Popen(["unshare", "--net", "sh", "-c", "ip link set lo up && exec sleep 1000000"])
        own = os.readlink("/proc/self/ns/net")
        eventually(lambda: os.readlink(f"/proc/{self.network.pid}/ns/net") != own)
        self.process = None
        self.start()

    def start(self):
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([os.path.join(FLEET, "launch"), self.folder, "--net"], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)
        listens = lambda: self.process.poll() is not None or "Server listening on" in open(self.log).read()
        if not eventually(listens) or self.process.poll() is not None:
            raise RuntimeError("the node does not start: " + open(self.log).read())
        pid = str(self.process.pid)
        must(["nsenter", f"--net=/proc/{self.network.pid}/ns/net", "sh", "-c",
              "ip link del near 2>/dev/null; ip link add near type veth peer name eth0 netns " + pid +
              " && ip addr add 10.99.1.1/24 dev near && ip link set near up"])
        must(["nsenter", f"--net=/proc/{pid}/ns/net", "sh", "-c",
              "ip link set lo up && ip addr add 10.99.1.2/24 dev eth0 && ip link set eth0 up"])

    def again(self):
        """Started anew once it has gone down by itself."""
        while True:
            if self.process.poll() is not None:
                self.start()
                return

    @property
    def first(self):
        """Its pid 1."""
        return children(self.process.pid)[0]

    def inside(self, command):
        """In the network in which it can be reached."""
        return ["nsenter", f"--net=/proc/{self.network.pid}/ns/net", "--", *command]

    def shell(self, command):
        return must(["nsenter", "--all", "--root", "--wd", "--target", str(self.first), "sh", "-c", command])

    def state(self):
        mnt = os.path.join(self.folder, "mnt")
        return json.loads(must(["nsenter", "--mount", "--target", str(self.first), "/usr/bin/python3", "-c", LISTING,
                                mnt + "/root", mnt + "/upper"]))

    def end(self):
        for process in (self.process, self.network):
            if process and process.poll() is None:
                process.send_signal(signal.SIGKILL)
                process.wait()
        if os.path.exists(os.path.join(self.folder, "systemd")):
            group = f"cef-node-{self.process.pid}"
            lib = shlex.quote(os.path.join(FLEET, "lib.sh"))
            subprocess.run(["bash", "-c", f". {lib}; for try in $(seq 50); do find \"$(control_groups)/{group}\" -depth -type d "
                            "-exec rmdir {} + 2>/dev/null && break; sleep 0.05; done"])
