"""How fast it is, each figure beside its bound in the same run. `./hikari bench` runs every module of this folder."""
