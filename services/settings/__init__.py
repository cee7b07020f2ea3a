"""The five features, the fax inbox, call decisions and notices (rules FEAT-1..6). Not in service yet: nothing imports it."""
