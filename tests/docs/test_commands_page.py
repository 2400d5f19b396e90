import runpy
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "commands.md"


def test_the_page_on_commands_is_what_their_help_says() -> None:
    written = runpy.run_path(str(HERE / "commands_page.py"))["commands_page"]()
    assert PAGE.read_text(encoding="utf-8") == written, (
        "docs/commands.md has drifted from the commands' help; write it anew by\n"
        "    python tests/docs/commands_page.py > docs/commands.md"
    )
