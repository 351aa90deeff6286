"""What Cuewise costs, each figure beside a reference in the same run. `make bench` runs all of it."""
