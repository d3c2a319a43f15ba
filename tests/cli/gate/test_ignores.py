"""`--add-ignores`: comments with a reason, put where they hold and change nothing."""

import ast

from tests.cli.gate.project import CRON, WRONG_CRON, Project

ADD = ("check", "dags", *CRON, "--add-ignores")


def test_findings_are_suppressed_with_a_reason(project: Project) -> None:
    project.write("dags/wrong.py", WRONG_CRON)
    ran = project.run(*ADD, "--reason", "see OPS-12")
    assert ran.status == 0
    assert "1 finding is suppressed by comments in 1 file." in ran.err
    assert '"22 45 * * *"):  # dagcheck: ignore[DAG306] -- see OPS-12\n' in project.read("dags/wrong.py")
    assert project.run("check", "dags", *CRON).status == 0


def test_a_comment_goes_behind_another_and_codes_share_one(project: Project) -> None:
    project.write(
        "dags/wrong.py", WRONG_CRON.replace("):", "):  # noqa: E501").replace('only")', 'only")  # dagcheck: ignore[DAG999] -- why')
    )
    project.run(*ADD)
    text = project.read("dags/wrong.py")
    assert "# noqa: E501  # dagcheck: ignore[DAG306] -- known when dagcheck was adopted\n" in text
    assert text.count("DAG004") == 1
    assert project.run("check", "dags", *CRON).status == 0


def test_no_comment_lands_in_a_text_or_behind_a_backslash(project: Project) -> None:
    project.write(
        "dags/odd.py",
        '''
        from airflow.sdk import DAG

        first = DAG(
            "first", doc_md="""
            more # text""", schedule="22 45 * * *", description="""
            and more
            """)
        second = \\
            DAG("second", schedule= \\
            "22 45 * * *")
        ''',
    )
    before = ast.dump(ast.parse(project.read("dags/odd.py")))
    ran = project.run(*ADD)
    assert (ran.status, "2 findings are suppressed" in ran.err) == (0, True)
    text = project.read("dags/odd.py")
    assert ast.dump(ast.parse(text)) == before
    assert project.run("check", "dags", *CRON).status == 0


def test_a_file_that_does_not_parse_takes_no_comment_and_is_told(project: Project) -> None:
    project.write("dags/broken.py", "from airflow import DAG\nprint 'x'\n")
    ran = project.run(*ADD)
    assert ran.status == 2
    assert "dags/broken.py: no comment can be put into it" in ran.err
    assert project.read("dags/broken.py") == "from airflow import DAG\nprint 'x'\n"


def test_a_read_only_file_is_left(project: Project) -> None:
    path = project.write("dags/wrong.py", WRONG_CRON)
    path.chmod(0o444)
    ran = project.run(*ADD)
    assert ran.status == 2
    assert "dags/wrong.py: is read-only; it was left as it is" in ran.err
    assert "ignore" not in path.read_text()
