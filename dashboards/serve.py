"""Serve the dashboard warm: `python serve.py --server.port 8501 ...`, as `detente dashboard` does.

The first session of a Streamlit server imports pandas, Altair and DuckDB, opens the file and makes
the charts' templates: 3 s that a reader would wait. Here the server does it before it answers.
"""

import json
import logging
import sys
from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.web import bootstrap, cli

APP = Path(__file__).with_name("streamlit_app.py")
FIRST_SEEN = ("brief", "tilt")


def read_options(arguments: list[str]) -> None:
    """Take the server's options now: Streamlit warns of those that come after its first session."""
    names = [name.removeprefix("--").replace(".", "_") for name in arguments[::2]]
    values = [
        json.loads(v) if v in ("true", "false") or v.isdigit() else v for v in arguments[1::2]
    ]
    bootstrap.load_config_options(dict(zip(names, values, strict=True)))


def warm_up() -> None:
    """Run the first views once in this process, in memory; what fails here is shown where it is read."""
    # it would say for every page that no browser asked for it
    logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel("ERROR")
    main = sys.modules["__main__"]  # AppTest puts the script in its place
    for page in FIRST_SEEN:
        app = AppTest.from_file(str(APP), default_timeout=60)
        if page != "brief":
            app.switch_page(f"app_pages/{page}.py")
        app.run()
    sys.modules["__main__"] = main


if __name__ == "__main__":
    try:
        read_options(sys.argv[1:])
        warm_up()
    except Exception as error:  # a dashboard that starts cold is better than none
        print(f"not warmed up: {error}", file=sys.stderr)
    cli.main(args=["run", str(APP), *sys.argv[1:]], prog_name="streamlit")
