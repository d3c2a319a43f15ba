"""Make `dagcheck/airflow/data/libraries.json`: the third-party packages that Airflow and its providers depend on, by the name that is imported.

Usage: python scripts/airflow_facts/libraries.py FOLDER --core SITE_PACKAGES --date DAY

FOLDER holds the wheels of the providers, SITE_PACKAGES is that of an environment with Airflow. A distribution's import names are those of its `top_level.txt` or
`RECORD` where it is installed there, else those of `RENAMED`, else its own name with underscores.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
import zipfile
from pathlib import Path

TARGET = Path(__file__).parents[2] / "dagcheck" / "airflow" / "data" / "libraries.json"
REQUIREMENT = re.compile(r"^Requires-Dist: ([A-Za-z0-9._-]+)(.*)$", re.MULTILINE)
RENAMED = {
    "pyyaml": ["yaml"],
    "python-dateutil": ["dateutil"],
    "google-cloud": ["google"],
    "azure": ["azure"],
    "opencv-python": ["cv2"],
    "scikit-learn": ["sklearn"],
    "beautifulsoup4": ["bs4"],
    "pillow": ["PIL"],
    "psycopg2-binary": ["psycopg2"],
    "mysqlclient": ["MySQLdb"],
    "mysql-connector-python": ["mysql"],
    "snowflake-connector-python": ["snowflake"],
    "elasticsearch-dsl": ["elasticsearch_dsl"],
    "hvac": ["hvac"],
    "pyjwt": ["jwt"],
    "gitpython": ["git"],
    "ldap3": ["ldap3"],
    "attrs": ["attr", "attrs"],
    "protobuf": ["google"],
    "kafka-python": ["kafka"],
    "confluent-kafka": ["confluent_kafka"],
    "pydantic-ai-slim": ["pydantic_ai"],
    "apache-beam": ["apache_beam"],
    "apache-flink": ["pyflink"],
    "gcloud-aio-auth": ["gcloud"],
    "gcloud-aio-bigquery": ["gcloud"],
    "gcloud-aio-storage": ["gcloud"],
    "google-api-python-client": ["apiclient", "googleapiclient"],
    "grpcio-gcp": ["grpc_gcp"],
    "grpcio-status": ["grpc_status"],
    "impyla": ["impala"],
    "microsoft-kiota-abstractions": ["kiota_abstractions"],
    "microsoft-kiota-authentication-azure": ["kiota_authentication_azure"],
    "microsoft-kiota-http": ["kiota_http"],
    "microsoft-kiota-serialization-json": ["kiota_serialization_json"],
    "microsoft-kiota-serialization-text": ["kiota_serialization_text"],
    "openlineage-integration-common": ["openlineage"],
    "openlineage-python": ["openlineage"],
    "presto-python-client": ["prestodb"],
    "proto-plus": ["proto"],
    "pyopenssl": ["OpenSSL"],
    "pyspnego": ["spnego"],
    "smbprotocol": ["smbclient", "smbprotocol"],
    "weaviate-client": ["weaviate"],
    "yandexcloud": ["yandex", "yandexcloud"],
    "atlassian-python-api": ["atlassian"],
    "databricks-sdk": ["databricks"],
    "influxdb3-python": ["influxdb_client_3"],
    "llama-index-core": ["llama_index"],
    "opensearch-py": ["opensearchpy"],
    "pydantic-ai": ["pydantic_ai"],
    "python-keycloak": ["keycloak"],
    "python-ldap": ["ldap"],
    "python-jenkins": ["jenkins"],
    "python-telegram-bot": ["telegram"],
    "segment-analytics-python": ["segment"],
    "slack-sdk": ["slack_sdk"],
    "opsgenie-sdk": ["opsgenie_sdk"],
    "pinecone": ["pinecone"],
    "pyodps": ["odps"],
    "python-arango": ["arango"],
    "python-docx": ["docx"],
}
WIDELY_USED = [
    "bs4", "faker", "geopandas", "great_expectations", "httpx", "kafka", "lxml", "matplotlib", "minio", "mlflow", "numpy", "openpyxl", "pandas",
    "paramiko", "pg8000", "polars", "psycopg2", "pyarrow", "pydantic", "pymongo", "pymysql", "pyodbc", "pyspark", "pytest", "pytz", "requests",
    "s3fs", "scipy", "seaborn", "sentry_sdk", "shapely", "simple_salesforce", "six", "sklearn", "arango", "cassandra", "databricks", "docx", "github",
    "googleapiclient", "google_auth_oauthlib", "gremlin_python", "impala", "jenkins", "jpype", "keycloak", "langchain_core", "langchain_openai",
    "ldap", "llama_index", "odps", "opensearchpy", "pysftp", "snowflake", "sqlalchemy", "tableauserverclient", "telegram", "winrm", "duckdb",
    "oauthlib", "markdown", "slack", "slugify", "sqlglot", "structlog", "tensorflow", "torch", "tqdm", "ujson", "unidecode", "urllib3", "xlrd",
    "xmltodict", "zeep", "virtualenv", "kubernetes", "boto3", "botocore",
]  # fmt: skip
"""What DAG files commonly import besides; none of it makes tasks."""
OF_AIRFLOW = re.compile(r"airflow|astronomer|cosmos")


def import_names(distribution: str, installed: dict[str, list[str]]) -> list[str]:
    """The top-level names under which a distribution is imported."""
    name = re.sub(r"[-_.]+", "-", distribution).lower()
    if name in installed:
        return installed[name]
    for prefix, names in RENAMED.items():
        if name == prefix or (prefix in ("azure", "google-cloud") and name.startswith(prefix)):
            return names
    return [name.replace("-", "_")]


def installed_names(site_packages: Path) -> dict[str, list[str]]:
    """Import names of what is installed in a folder, by normalised distribution name."""
    found: dict[str, list[str]] = {}
    for record in site_packages.glob("*.dist-info/RECORD"):
        name = re.sub(r"[-_.]+", "-", record.parent.name.removesuffix(".dist-info").rpartition("-")[0]).lower()
        tops = {
            line.partition(",")[0].partition("/")[0].removesuffix(".py")
            for line in record.read_text(encoding="utf-8").splitlines()
            if ".py," in line
        }
        found[name] = sorted(top for top in tops if top.isidentifier())
    return found


def imported_tops(tree: ast.Module) -> tuple[set[str], set[str]]:
    """Top-level names of third-party imports, and dotted Airflow modules, that importing a module needs: not those in functions, `if`, or a `try` that goes on without them."""
    tops: set[str] = set()
    inner: set[str] = set()
    insisted = [
        inner
        for node in tree.body
        if isinstance(node, ast.Try) and all(isinstance(one.body[-1], ast.Raise) for one in node.handlers)
        for inner in node.body
    ]
    for node in [*tree.body, *insisted]:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            (inner if name.startswith("airflow.") else tops).add(name if name.startswith("airflow.") else name.partition(".")[0])
    return tops - set(sys.stdlib_module_names), inner


def provider_imports(archive: zipfile.ZipFile, required: set[str]) -> dict[str, tuple[set[str], set[str]]]:
    """For each module of a provider: the libraries beyond the required ones that it imports, and the modules of Airflow that it imports."""
    found = {}
    for name in archive.namelist():
        if name.endswith(".py") and name.startswith("airflow/providers/"):
            tops, inner = imported_tops(ast.parse(archive.read(name)))
            found[name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")] = (tops - required - {"airflow"}, inner)
    return found


def optional_needs(own: dict[str, tuple[set[str], set[str]]]) -> dict[str, list[str]]:
    """The modules that cannot be imported without a library that their provider does not require, each with these libraries, through all that they import."""
    needs = {dotted: set(tops) for dotted, (tops, _) in own.items()}
    changed = True
    while changed:
        changed = False
        for dotted, (_, inner) in own.items():
            more: set[str] = set().union(*(needs[one] for one in inner if one in needs)) - needs[dotted]
            if more:
                needs[dotted] |= more
                changed = True
    return {dotted: sorted(found) for dotted, found in sorted(needs.items()) if found}


def main() -> None:
    """Write the table and say how long it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--core", type=Path, required=True)
    parser.add_argument("--date", required=True)
    options = parser.parse_args()
    texts = [path.read_text(encoding="utf-8") for path in options.core.glob("apache_airflow*.dist-info/METADATA")]
    core_texts = [
        path.read_text(encoding="utf-8")
        for path in options.core.glob("apache_airflow_*.dist-info/METADATA")
        if "providers" not in path.parent.name
    ]
    installed = installed_names(options.core)
    every = {one for names in installed.values() for one in names}
    own: dict[str, tuple[set[str], set[str]]] = {}
    for wheel in sorted(options.folder.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            metadata = "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
            texts.append(metadata)
            required_here = {
                one for name, rest in REQUIREMENT.findall(metadata) if "extra ==" not in rest for one in import_names(name, installed)
            }
            own |= provider_imports(archive, required_here | every | set(WIDELY_USED))
    core = {
        name
        for text in core_texts
        for name, rest in REQUIREMENT.findall(text)
        if "extra ==" not in rest and not OF_AIRFLOW.search(name.lower())
    }
    required = {name for text in texts for name, _ in REQUIREMENT.findall(text) if not OF_AIRFLOW.search(name.lower())}
    always = {one for name in core for one in import_names(name, installed)} | set(WIDELY_USED)
    names = {one for name in required for one in import_names(name, installed)} | set(WIDELY_USED)
    source = "Requires-Dist of Airflow and what DAG files commonly import; others: Requires-Dist of its providers"
    table = {
        "source": source,
        "date": options.date,
        "libraries": sorted(always),
        "others": sorted(names - always),
        "needs": optional_needs(own),
    }
    TARGET.write_text(json.dumps(table, indent=0) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(names)} libraries")


if __name__ == "__main__":
    main()
