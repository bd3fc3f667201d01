#!/usr/bin/python3
"""What ClusterShell makes of host sets and names: JSON in, JSON out, all of them in one process."""
import json
import sys

from ClusterShell.NodeSet import NodeSet, RESOLVER_NOGROUP

asked = json.load(sys.stdin)
json.dump({"sets": [sorted(NodeSet(text, resolver=RESOLVER_NOGROUP)) for text in asked["sets"]],
           "folds": [str(NodeSet.fromlist(names, autostep=4, resolver=RESOLVER_NOGROUP)) for names in asked["folds"]]},
          sys.stdout)
