"""Prints every event of the topics that services write, as topic, key, id and sequence, a line of JSON each."""

import json
import sys

from servicekit.eventlog import connect

with connect(sys.argv[1]) as log:
    for topic in sys.argv[2:]:
        for record in log.read(topic, 1_000_000):
            head = record.headers
            told = {"topic": topic, "key": record.key, "id": head["ce_id"], "sequence": int(head["ce_sequence"])}
            print(json.dumps(told))
print(json.dumps({"done": True}))
