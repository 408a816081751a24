"""Small faults put into the code on purpose, each of which a test must find (`make mutants`)."""
