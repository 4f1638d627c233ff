"""Ways to reach people as people write them, and the one normal form that each has (C2).

`phones` knows numbers: their extension, their area code, and which of them takes a text message; `emails` knows
addresses of mail; `several` parts what stands in one field and means two.
"""
