# SPDX-License-Identifier: MIT
"""``tests`` mirrors ``criulint``: each module has its tests where people look for them."""

from __future__ import annotations

from pathlib import Path

import pytest

_TOP = Path(__file__).parents[1]
_PACKAGE = _TOP / "criulint"
_MODULES = sorted(
    path.relative_to(_PACKAGE).as_posix()
    for path in _PACKAGE.rglob("*.py")
    if path.name not in ("__init__.py", "__main__.py")
)

# Modules that other tests try, and why these are the better place.
_ELSEWHERE = {
    "advise/advice.py": "cli/test_advise.py",  # pairs of a log and what to do
    "advise/apply.py": "cli/test_advise.py",
    "advise/existing.py": "cli/test_advise.py",
    "cli/assigning.py": "cli/test_set.py",  # what two commands share
    "cli/check_run.py": "cli/test_check.py",  # the run of the command
    "cli/command.py": "cli/test_format.py",  # the class that two commands share
    "cli/context.py": "cli/test_effective.py",  # what three commands share
    "cli/diff.py": "cli/test_image_gates.py",
    "cli/image_run.py": "cli/test_image.py",  # the run of the command
    "cli/machine.py": "cli/test_hosts.py",
    "cli/unset.py": "cli/test_set.py",
    "configuration/limits.py": "cli/test_image_gates.py",
    "configuration/schema.py": "configuration/test_keys.py",  # both say what the keys take
    "criu/flags.py": "criu/test_wire.py",  # what runtimes were seen to send
    "host/config_files.py": "cli/test_set.py",
    "image/binaries.py": "image/test_installed.py",
    "image/identity.py": "cli/test_image_gates.py",
    "image/naming.py": "image/test_images.py",
    "image/programs.py": "image/test_installed.py",
    "image/scratch.py": "image/test_robustness.py",
    "image/storage.py": "image/test_images.py",
    "inventory.py": "report/test_related.py",
    "linter/embedded_files.py": "embedded/test_embedded.py",  # pairs of hosts and findings
    "lsp/features.py": "lsp/test_server.py",  # each feature has its own tests
    "report/azure.py": "report/test_formats.py",  # pairs of a report and its format
    "report/checkstyle.py": "report/test_formats.py",
    "report/effective.py": "cli/test_effective_output.py",
    "report/inventory.py": "cli/test_image.py",
    "report/reading.py": "cli/test_read.py",
    "report/story.py": "image/test_story.py",
    "rules/conflicts/removal.py": "rules/conflicts/test_duplicate_option.py",
    "rules/environment/failures.py": "rules/environment/test_path_missing.py",
    "rules/environment/paths.py": "rules/environment/test_path_missing.py",
    "rules/line_ends.py": "cases/carriage-return",
    "rules/refused/continuation.py": "cases/foreign-syntax",
    "rules/refused/words.py": "rules/test_base.py",  # a type
    "rules/relations.py": "rules/test_registry.py",  # sets of codes
    "schemagen/annotations.py": "schema/test_data.py",  # the data of all releases
    "schemagen/debian.py": "schemagen/test_new_releases.py",
    "schemagen/facts.py": "schema/test_data.py",
    "schemagen/generate.py": "schema/test_data.py",
    "schemagen/help.py": "schemagen/test_documents.py",
    "schemagen/man.py": "schemagen/test_documents.py",
    "schemagen/text.py": "schema/test_data.py",
}

# Packages that are tried as a whole: by pairs of a host and what it writes, and by the real
# programs that run such hosts.
_AS_A_WHOLE = {
    "embedded": "embedded/test_cases.py",
    "embedded/dockerfile": "embedded/test_cases.py",
    "embedded/documents": "embedded/documents/test_documents.py",
    "embedded/languages": "embedded/languages/test_programs.py",
    "embedded/manifest": "embedded/test_embedded.py",
    "embedded/shell": "embedded/shell/test_following.py",
}


def _test_of(module: str) -> Path:
    path = Path(module)
    return _TOP / "tests" / path.parent / f"test_{path.name}"


def _cases_of(module: str) -> Path:
    """Return the folder of cases of a rule."""
    return _TOP / "tests/cases" / Path(module).stem.replace("_", "-")


@pytest.mark.parametrize("module", _MODULES)
def test_module_has_tests(module: str) -> None:
    is_rule = module.startswith("rules/") and _cases_of(module).is_dir()
    has_own = _test_of(module).is_file() or is_rule
    if Path(module).parent.as_posix() in _AS_A_WHOLE:
        assert module not in _ELSEWHERE
        return
    missing = [_test_of(module), *([_cases_of(module)] if module.startswith("rules/") else [])]
    assert has_own != (module in _ELSEWHERE), (
        "write " + " or ".join(path.relative_to(_TOP).as_posix() for path in missing)
        if not has_own
        else "it has tests of its own now: remove it from _ELSEWHERE"
    )


def test_exceptions_exist() -> None:
    assert _ELSEWHERE.keys() <= set(_MODULES)
    for test in (*_ELSEWHERE.values(), *_AS_A_WHOLE.values()):
        assert (_TOP / "tests" / test).exists(), test


def test_each_test_in_a_package_is_that_of_a_module() -> None:
    """A folder of tests that has the name of a package holds tests of its modules, or of all."""
    packages = {path.parent.relative_to(_PACKAGE).as_posix() for path in _PACKAGE.rglob("*.py")}
    folders = {
        path.parent.relative_to(_TOP / "tests") for path in (_TOP / "tests").rglob("test_*.py")
    }
    of_programs = {
        "docs", "editors", "integrations", "mutation", "oracle", "oracle/runtimes", "schema",
        "survey",
    }  # fmt: skip
    assert {folder.as_posix() for folder in folders if "node_modules" not in folder.parts} <= (
        packages | of_programs
    )
