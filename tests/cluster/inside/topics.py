"""Prints every event of the topics that services write, as topic, key and id, a line of JSON each."""

import json
import sys

from servicekit.eventlog import connect

with connect(sys.argv[1]) as log:
    for topic in sys.argv[2:]:
        for record in log.read(topic, 1_000_000):
            print(json.dumps({"topic": topic, "key": record.key, "id": record.headers["ce_id"]}))
print(json.dumps({"done": True}))
