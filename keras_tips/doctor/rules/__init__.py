"""One ailment, one file: each file here holds the rule of its name, and is found by being here."""
