"""What ansible-playbook did, as one JSON object on standard output."""
import json

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: beside_report
type: stdout
short_description: results as JSON, for the comparison with cef
description: [results as JSON]
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "beside_report"

    def __init__(self):
        super().__init__()
        self.tasks = []

    def keep(self, result, **more):
        name = result._task.get_name()
        self.tasks.append({"task": name, "action": result._task.action, "host": result._host.get_name(),
                           "result": {**result._result, **more}})

    v2_runner_on_ok = keep

    def v2_runner_on_skipped(self, result):
        self.keep(result, skipped=True)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.keep(result, failed=True)

    def v2_runner_on_unreachable(self, result):
        self.keep(result, unreachable=True)

    def v2_playbook_on_stats(self, stats):
        summary = {host: stats.summarize(host) for host in sorted(stats.processed)}
        print(json.dumps({"tasks": self.tasks, "stats": summary}, default=str))
