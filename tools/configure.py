"""`python -m tools.configure plan|apply company.yaml`: the same as `lead-routing plan` and `apply`."""

from lead_routing_cli.main import cli

if __name__ == "__main__":
    cli(prog_name="python -m tools.configure")
