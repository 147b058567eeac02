# SPDX-License-Identifier: MIT
"""Which modules are central, and which tests are theirs."""

from __future__ import annotations

from pathlib import Path

_TOP = Path(__file__).parents[2]

# The modules that decide what is found, and what besides the tests of their own names tries them,
# the quick ones first.
_EFFECTIVE = [
    *(f"tests/cli/test_{name}.py" for name in ("effective", "effective_output", "widths", "help")),
    "tests/survey/test_effective.py",
]
_EMBEDDED = [f"tests/embedded/test_{name}.py" for name in ("embedded", "hosts", "cases")]
_CASES = ["tests/test_cases.py", "tests/rules", "tests/survey/test_survey.py"]
_TESTS = {
    "criulint/advise": [
        *("tests/advise", "tests/cli/test_advise.py", "tests/survey/test_advice.py"),
        "tests/lsp/test_logs.py",
    ],
    "criulint/assign.py": ["tests/cli/test_set.py"],
    "criulint/cli/effective.py": _EFFECTIVE,
    "criulint/configuration/resolve.py": [
        "tests/configuration",
        *(f"tests/cli/test_{name}.py" for name in ("settings", "show_settings", "limits")),
        *("tests/image/test_waivers.py", "tests/cli/test_image_gates.py"),
    ],
    "criulint/criu": [
        *("tests/criu", "tests/survey/test_paths.py", "tests/survey/test_requests.py"),
        *(*_EFFECTIVE, *_CASES),
    ],
    "criulint/embedded/hosts.py": _EMBEDDED,
    "criulint/embedded/model.py": _EMBEDDED,
    "criulint/finding.py": _CASES,
    "criulint/fingerprint.py": ["tests/linter/test_baseline.py", "tests/report"],
    "criulint/formatter.py": ["tests/cli/test_format.py", *_CASES],
    "criulint/guesses.py": _CASES,
    "criulint/image/filesystem.py": [
        f"tests/image/test_{name}.py" for name in ("budget", "changes", "check", "inspection")
    ],
    "criulint/linter": ["tests/linter", *_CASES],
    "criulint/linter/embedded_files.py": _EMBEDDED,
    "criulint/report/effective.py": _EFFECTIVE,
    "criulint/rules": [
        *("tests/rules", "tests/test_cases.py", "tests/survey/test_hosts.py"),
        "tests/survey/test_survey.py",
    ],
    "criulint/rules/relations.py": ["tests/image/test_waivers.py"],
    "criulint/rules/suppression": ["tests/image/test_waivers.py"],
    "criulint/source.py": ["tests/criu", *_CASES],
    "criulint/suppressions": ["tests/suppressions", *_CASES],
    "criulint/syntax": ["tests/syntax", *_CASES],
}
_PROPERTIES = ["tests/test_rewrites.py", "tests/test_properties.py"]


def central_modules() -> list[str]:
    """Return the paths of the central modules."""
    found = []
    for name in _TESTS:
        path = _TOP / name
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return [path.relative_to(_TOP).as_posix() for path in dict.fromkeys(found)]


def find_tests(module: str) -> list[str]:
    """Return the tests of a module in the order in which to run them, those of its name first."""
    path = Path(module)
    mirror = Path("tests", *path.parts[1:-1], f"test_{path.name}").as_posix()
    own = [mirror] if (_TOP / mirror).exists() else []
    others = [
        test
        for name, tests in _TESTS.items()
        if module == name or module.startswith(f"{name}/")
        for test in tests
    ]
    return list(dict.fromkeys([*own, *others, *_PROPERTIES]))
