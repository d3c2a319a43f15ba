"""Each policy as a rule of its own, so that selection, suppression, severities and reports treat it as any other."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from dagcheck.config.expressions import UNKNOWN, Expression
from dagcheck.config.policy import Policy
from dagcheck.config.table import ConfigError, Configuration
from dagcheck.engine.policies.subjects import DagSubject, TaskSubject
from dagcheck.model.plain import iso_duration
from dagcheck.rule import FileContext, Finding, Meta, Rule
from dagcheck.version import __version__

if TYPE_CHECKING:
    from dagcheck.model.dag import Dag, Task
    from dagcheck.model.values import Span

_NOT_SHOWN = {"doc_md", "description", "params", "default_args", "executor_config", "email", "access_control", "user_defined_macros"}
"""Fields whose values are long, or may be nobody's business."""

_LONGEST = 60


def policy_rules(configuration: Configuration, packs: Sequence[type[Rule]]) -> tuple[type[Rule], ...]:
    """The rules that the policies of a configuration are. Raises `ConfigError` where one has the code or name of a rule of the packs."""
    taken = {key: rule for rule in packs for key in (rule.meta.code, rule.meta.name)}
    for index, policy in enumerate(configuration.policy):
        for key in (policy.code, policy.name):
            if key in taken:
                where = configuration.place("policy")
                raise ConfigError(f"{where}: policy.{index}: {key} is the rule {taken[key].meta.code} {taken[key].meta.name}")
    return tuple(rule_of(policy) for policy in configuration.policy)


class PolicyRule(Rule):
    """What the rules made of policies share. They can be pickled: a policy is plain data."""

    policy: ClassVar[Policy]

    def __reduce__(self) -> tuple[Any, ...]:
        return _instance, (self.policy,)

    def identity(self) -> tuple[str, ...]:
        """What the policy says."""
        policy = self.policy
        texts = (policy.selector.text, *(requirement.text for requirement in policy.requirements))
        return *super().identity(), policy.name, policy.message, policy.help, policy.subject, policy.severity, *texts

    def _judge(self, subject: DagSubject | TaskSubject, dag_id: str, task_id: str | None) -> Iterator[Finding]:
        if self.policy.selector.holds(subject) is not True:
            return
        unmet = [requirement for requirement in self.policy.requirements if requirement.holds(subject) is False]
        if unmet:
            wanted = "; ".join(_said(requirement, subject) for requirement in unmet)
            message = f"{self.policy.message} Required: {wanted}." if self.policy.message else f"Required: {wanted}."
            subject_text = " ".join([*filter(None, (task_id,)), *(requirement.text for requirement in unmet)])
            yield Finding(message, _place(unmet, subject), self.policy.help, dag_id, task_id, subject=subject_text)


class DagPolicy(PolicyRule):
    """A policy on DAGs."""

    def check_dag(self, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """A finding where the DAG is meant and does not meet what is known to be required."""
        return self._judge(DagSubject(dag), dag.dag_id, None)


class TaskPolicy(PolicyRule):
    """A policy on tasks."""

    def check_task(self, task: Task, dag: Dag, context: FileContext) -> Iterable[Finding]:
        """A finding where the task is meant and does not meet what is known to be required."""
        return self._judge(TaskSubject(task, dag), dag.dag_id, task.task_id)


@cache
def rule_of(policy: Policy) -> type[PolicyRule]:
    """The rule of a policy: the same for the same policy."""
    requirements = "\n".join(f"- `{requirement.text}`" for requirement in policy.requirements)
    doc = f"{policy.message or 'A policy of the configuration'}\n\nFor {policy.subject} that meet `{policy.selector.text}`, required are:\n\n{requirements}"
    meta = Meta(policy.code, policy.name, policy.severity, __version__)
    base = DagPolicy if policy.subject == "dags" else TaskPolicy
    return type(f"Policy{policy.code}", (base,), {"meta": meta, "policy": policy, "__doc__": doc, "__module__": "configuration"})


def _instance(policy: Policy) -> PolicyRule:
    return rule_of(policy)()


def _said(requirement: Expression, subject: DagSubject | TaskSubject) -> str:
    """A requirement with what is there instead, as far as that can be shown."""
    fields = list(dict.fromkeys(requirement.fields))
    actual = [f"{field} is {text}" for field in fields if (text := _shown(field, subject.value(field)))]
    return f"{requirement.text} (but {', '.join(actual)})" if actual else requirement.text


def _shown(field: str, value: Any) -> str:
    if value is UNKNOWN or field in _NOT_SHOWN or field.startswith("argument."):
        return ""
    if value is None or value == ():
        return "not set"
    if isinstance(value, tuple):
        value = value[0] if field == "operator" else ", ".join(str(item) for item in value if item is not UNKNOWN)
    text = iso_duration(value) if isinstance(value, datetime.timedelta) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _place(unmet: Sequence[Expression], subject: DagSubject | TaskSubject) -> Span:
    """Where the first field that is not as required is set, else the DAG or task."""
    for requirement in unmet:
        for field in requirement.fields:
            argument = subject.argument(field)
            if argument is not None and argument.span.path == subject.span.path:
                return argument.span
    return subject.span
