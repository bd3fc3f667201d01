#!/usr/bin/python3
"""What `ansible-inventory --list` prints for each of the inventories named, a line each, all of them in one process."""
import json
import sys

from ansible.cli.inventory import InventoryCLI
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.manager import VariableManager

cli = InventoryCLI(["ansible-inventory", "--list", "-i", "localhost,"])
cli.parse()
for path in sys.argv[1:]:
    cli.loader = DataLoader()
    cli.inventory = InventoryManager(loader=cli.loader, sources=[path])
    cli.vm = VariableManager(loader=cli.loader, inventory=cli.inventory)
    listed = cli.dump(cli.json_inventory(cli._get_group("all")))
    print(json.dumps(json.loads(listed)))
