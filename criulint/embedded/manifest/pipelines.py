# SPDX-License-Identifier: MIT
"""The shell code of workflows and pipelines: GitHub, GitLab, Azure, CircleCI, Tekton and others.

Sources: docs.github.com (workflow syntax: ``shell``), docs.gitlab.com (CI/CD YAML syntax:
``script``), learn.microsoft.com (Azure Pipelines: steps), circleci.com (configuration reference),
tekton.dev (Tasks), woodpecker-ci.org, docs.aws.amazon.com (buildspec).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.manifest.containers import call_container
from criulint.embedded.manifest.load import (
    is_mapping,
    is_scalar,
    is_sequence,
    items,
    mapping_values,
    walk_nodes,
)
from criulint.embedded.manifest.shells import environment, join_environments, shell_words
from criulint.embedded.model import HostedText, charge_visits, join
from criulint.embedded.steps import Steps, join_lines, quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from yaml import MappingNode, Node

    from criulint.embedded.manifest.load import YamlDocument

# Conditions under which a step of GitHub runs if those before it succeeded.
_ALWAYS = re.compile(r"(?:\$\{\{\s*)?(?:always|success)\(\)(?:\s*\}\})?|true")
# Tekton's and Azure's variables look like the shell's substitution of a command.
_PARAMETER = re.compile(r"\$\((?:params|workspaces|context|steps|tasks|results|inputs)\.[^()]*\)")
# `$[[ inputs.name ]]`
_GITLAB_INPUT = re.compile(r"\$\[\[.{0,1024}?\]\]")
#: The keys of commands that run in one shell, in their order.
_BEFORE, _SCRIPT, _AFTER = "before_script", "script", "after_script"
# Travis runs all of these in one shell.
_TRAVIS = (
    "before_install", "install", "before_script", "script", "after_success", "after_script",
)  # fmt: skip
# Cirrus runs each of them on its own; the others are GitLab's.
_CIRRUS = re.compile(r"(?!before_script|after_script)\w+_script")
_PYTHON = re.compile(r"python[\d.]*")
_SHELL_PROVISIONERS = ("shell", "shell-local")
_INLINE_TASKS = ("Bash@", "ShellScript@", "CmdLine@")


def find_pipelines(document: YamlDocument, taken: set[int]) -> Iterator[Steps]:
    """Yield the steps of each job of the file's pipelines; `taken` gets the nodes with code."""
    pipelines = _Pipelines(document, taken)
    yield from pipelines.find(document.root)


class _Pipelines:
    """The jobs in a document."""

    def __init__(self, document: YamlDocument, taken: set[int]) -> None:
        self._document = document
        self._taken = taken
        self._root = mapping_values(document.root)
        # What jobs inherit, by their names, and what `!reference` refers to; computed once.
        self._inherited: dict[str, Mapping[str, Node]] = {}
        self._resolved: dict[Node, Node] = {}

    def find(self, root: Node) -> Iterator[Steps]:
        """Yield the steps of each job at or below a node."""
        waiting = [root]
        seen: set[int] = set()
        while waiting:
            node = waiting.pop()
            if id(node) in seen or id(node) in self._taken:
                continue
            seen.add(id(node))
            if is_sequence(node):
                waiting += reversed(node.value)
            if not is_mapping(node):
                continue
            steps = self._job(node)
            if steps:
                yield steps
            waiting += reversed([value for _, value in node.value if id(value) not in self._taken])

    def _job(self, node: MappingNode) -> Steps:
        """Return the steps of a mapping; none if it is not a job."""
        job = mapping_values(node)
        steps = Steps()
        if is_sequence(job.get("steps")):  # GitHub, Azure, CircleCI, Tekton
            self._export(steps, job)
            for step in items(job["steps"]):
                self._add_step(steps, step, job)
                self._taken.add(id(step))
            self._taken.add(id(job["steps"]))
        elif "script" in job and not is_mapping(job["script"]):  # GitLab, Travis
            self._export(steps, job)
            self._add_script(steps, node, job)
        elif any(map(_CIRRUS.fullmatch, job)):  # Cirrus
            self._export(steps, job)
            for key in filter(_CIRRUS.fullmatch, job):
                if code := self._code(job[key]):
                    steps.run(code)
        elif is_sequence(job.get("commands")) or is_sequence(job.get("cmds")):  # AWS, Taskfile
            self._export(steps, job)
            self._add_commands(steps, job)
        elif is_sequence(job.get("provisioners")):  # Packer
            for provisioner in items(job["provisioners"]):
                self._add_provisioner(steps, mapping_values(provisioner))
        elif is_mapping(job.get("script")) and "source" in mapping_values(job["script"]):  # Argo
            self._add_argo(steps, mapping_values(job["script"]))
        return steps

    def _export(self, steps: Steps, job: Mapping[str, Node]) -> None:
        keys = ("env", "variables", "environment")
        nodes = [where.get(key) for where in (self._root, job) for key in keys]
        if job is not self._root or len(nodes) > len(keys):
            for name, value in join_environments(self._document, nodes).items():
                steps.export(name, value)

    # --- steps: GitHub, Azure, CircleCI, Tekton, Drone, Buildkite, Google Cloud Build

    def _add_step(self, steps: Steps, node: Node, job: Mapping[str, Node]) -> None:
        """Add the code of a step; if it has a condition, it may not run."""
        step = mapping_values(node)
        added = Steps()
        run = step.get("run")
        if is_mapping(run):  # CircleCI
            step, run = {**step, **mapping_values(run)}, mapping_values(run).get("command")
        task = self._string(step.get("task"))
        if task.startswith(_INLINE_TASKS):
            run = mapping_values(step.get("inputs")).get("script")
        for key in ("run", "bash", "script", "command", "commands"):
            code = run if key == "run" else step.get(key)
            if code is not None and not (key == "command" and is_sequence(code)):
                self._add_code(added, code, step, job)
                break
        else:
            call_container(self._document, step, added)
        self._add_inputs(added, step, job)
        condition = self._string(step.get("if") or step.get("condition") or step.get("when"))
        if condition and not _ALWAYS.fullmatch(condition) and added:
            steps.maybe(added, self._document.scalars.offset(node.start_mark))
        elif added:
            steps.extend(added)

    def _add_inputs(self, steps: Steps, step: Mapping[str, Node], job: Mapping[str, Node]) -> None:
        """Add the code that a step gives to an action, which runs it on another machine."""
        if "github-script" in self._string(step.get("uses")):  # JavaScript
            return
        for key, value in mapping_values(step.get("with")).items():
            if key in ("run", "script", "commands"):
                inner = Steps()
                self._add_code(inner, value, {"bash": value}, job)
                steps.maybe(inner, self._document.scalars.offset(value.start_mark))

    def _string(self, node: Node | None) -> str:
        return node.value if is_scalar(node) else ""

    def _add_code(
        self, steps: Steps, code: Node, step: Mapping[str, Node], job: Mapping[str, Node]
    ) -> None:
        """Add the code of a step; the items of a list run in one shell."""
        name = self._shell(step, job)
        shell = [name] if _PYTHON.fullmatch(name) else shell_words(name)
        text = self._code(code)
        if shell is None or text is None:
            return
        variables = join_environments(self._document, [step.get("env"), step.get("environment")])
        directory = self._document.text(
            step.get("working-directory") or step.get("working_directory")
        )
        if directory is not None:
            text = _enter(self._document.hide(directory), text)
        steps.run(text, shell, variables)

    def _shell(self, step: Mapping[str, Node], job: Mapping[str, Node]) -> str:
        """Return the shell of a step, as the step, its job or the workflow says."""
        for where in (step, _run_defaults(job), _run_defaults(self._root), job):
            shell = self._string(where.get("shell"))
            if shell:
                return shell
        if "windows" in self._string(job.get("runs-on")).lower():
            return "pwsh"
        return "bash" if "run" in step or "bash" in step else "sh"

    def _code(self, node: Node) -> HostedText | None:
        """Return shell code: a text, or the lines of a list."""
        node = self._resolve(node)
        nodes = set(map(id, walk_nodes(node)))
        charge_visits(len(nodes))
        self._taken |= nodes
        lines = [self._hide(text) for text in self._document.texts(node)]
        if not lines:
            return None
        code = join_lines(lines)
        return code[: len(code) - 1]

    def _hide(self, text: HostedText) -> HostedText:
        for pattern in (_PARAMETER, _GITLAB_INPUT):
            text = self._document.unknowns.hide(text, pattern)
        return self._document.hide(text)

    # --- scripts: GitLab, Travis, Bitbucket

    def _add_script(self, steps: Steps, node: MappingNode, job: Mapping[str, Node]) -> None:
        if node is self._document.root and "language" in job:
            parts = [code for key in _TRAVIS if key in job and (code := self._code(job[key]))]
            steps.run(join_lines(parts), ["bash"])
            return
        job = self._extend(job)
        default = mapping_values(self._root.get("default"))
        for key in (_BEFORE, _AFTER):
            inherited = default.get(key) or (self._root.get(key) if job is not self._root else None)
            if key not in job and inherited is not None:
                job = {**job, key: inherited}
        codes = [
            code for key in (_BEFORE, _SCRIPT) if key in job and (code := self._code(job[key]))
        ]
        if codes:
            steps.run(join_lines(codes))
        after = self._code(job[_AFTER]) if _AFTER in job else None
        if after:
            steps.run(after)

    def _extend(self, job: Mapping[str, Node]) -> Mapping[str, Node]:
        """Return a job of GitLab with what it inherits by ``extends``."""
        if "extends" not in job:
            return job
        merged: dict[str, Node] = {}
        for name in self._document.texts(job["extends"]):
            inherited = self._inherit(name.text)
            charge_visits(1 + len(inherited))
            merged.update(inherited)
        return {**merged, **job}

    def _inherit(self, name: str) -> Mapping[str, Node]:
        """Return a job by its name, with what it inherits; empty in a circle."""
        if name not in self._inherited:
            self._inherited[name] = {}
            self._inherited[name] = self._extend(mapping_values(self._root.get(name)))
        return self._inherited[name]

    def _resolve(self, node: Node) -> Node:
        """Return the node that GitLab's ``!reference [job, key]`` refers to.

        A reference to something missing, or in a circle, is returned as it is.
        """
        if node not in self._resolved:
            self._resolved[node] = node
            self._resolved[node] = self._resolve_new(node)
        return self._resolved[node]

    def _resolve_new(self, node: Node) -> Node:
        if node.tag == "!reference":
            found: Node | None = self._document.root
            for key in items(node):
                found = mapping_values(found).get(self._string(key))
            return self._resolve(found) if found is not None else node
        if is_sequence(node) and any(item.tag == "!reference" for item in node.value):
            from yaml import SequenceNode

            resolved = [self._resolve(item) for item in node.value]
            return SequenceNode(node.tag, resolved, node.start_mark, node.end_mark)
        return node

    # --- lists of commands: AWS, Woodpecker, Taskfile

    def _add_commands(self, steps: Steps, job: Mapping[str, Node]) -> None:
        node = job.get("commands") or job.get("cmds")
        if node is None:
            return
        if "cmds" in job:
            for item in items(node):
                command = mapping_values(item).get("cmd") if is_mapping(item) else item
                code = self._code(command) if command is not None else None
                if code:
                    steps.run(code)
            return
        code = self._code(node)
        if code:
            steps.run(code)

    def _add_provisioner(self, steps: Steps, provisioner: Mapping[str, Node]) -> None:
        """Add a provisioner of Packer's templates in JSON."""
        code = self._code(provisioner["inline"]) if "inline" in provisioner else None
        if code and self._string(provisioner.get("type")) in _SHELL_PROVISIONERS:
            variables = environment(self._document, provisioner.get("environment_vars"))
            shebang = self._string(provisioner.get("inline_shebang"))
            steps.run(code, shell_words(shebang) or ["sh"], variables)

    def _add_argo(self, steps: Steps, script: Mapping[str, Node]) -> None:
        code = self._code(script["source"])
        words = " ".join(text.text for text in self._document.texts(script.get("command")))
        shell = shell_words(words or "sh")
        if code and shell:
            steps.run(code, shell, environment(self._document, script.get("env")))


def _run_defaults(where: Mapping[str, Node]) -> Mapping[str, Node]:
    return mapping_values(mapping_values(where.get("defaults")).get("run"))


def _enter(directory: HostedText, code: HostedText) -> HostedText:
    """Return the code after a change to a directory."""
    if code.text.startswith("#!"):
        return code
    start = directory.offsets[0]
    return join(
        [
            HostedText.at("cd ", start, start),
            quote(directory),
            HostedText.at("\n", start, start),
            code,
        ]
    )
