"""Stand-ins for object stores in the child: a folder for each store, under fsspec's own names, and the S3 and GCS hooks on top."""

from __future__ import annotations

import fnmatch
import io
import os
from typing import Any

from dagcheck.harness.python.link import link
from dagcheck.harness.python.seal import OBJECTS

PROTOCOLS = ("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "hdfs", "oss", "wasb", "r2")
SAME = {"s3a": "s3", "gcs": "gs", "abfss": "abfs", "az": "abfs", "wasb": "abfs"}


def folder_of(protocol: str) -> str:
    """The folder that stands for a store."""
    return os.path.join(link().seal.root, OBJECTS, SAME.get(protocol, protocol))


def path_of(protocol: str, bucket: str | None, key: str) -> str:
    """The file that stands for an object; `key` may be a whole URL."""
    if "://" in key:
        bucket, _, key = key.partition("://")[2].partition("/")
    if not bucket:
        raise ValueError("no bucket was given")
    return os.path.normpath(os.path.join(folder_of(protocol), bucket, key.lstrip("/")))


def register() -> None:
    """Answer fsspec's remote protocols by local folders."""
    import fsspec
    from fsspec.implementations.local import LocalFileSystem

    for name in PROTOCOLS:

        def strip(path: Any, name: str = name) -> Any:
            if isinstance(path, list):
                return [strip(item) for item in path]
            text = os.fspath(path)
            inside = text.partition("://")[2] if "://" in text else text
            root = folder_of(name)
            return inside if inside.startswith(root) else os.path.join(root, inside.lstrip("/")).rstrip("/")

        members = {
            "protocol": name,
            "_strip_protocol": staticmethod(strip),
            "local_file": False,
            "cachable": False,
            "__init__": _initialised,
        }
        fsspec.register_implementation(name, type(f"{name.title()}Folder", (LocalFileSystem,), members), clobber=True)


def _initialised(self: Any, *args: Any, **kwargs: Any) -> None:
    from fsspec.implementations.local import LocalFileSystem

    LocalFileSystem.__init__(self, auto_mkdir=True)


def put(path: str, data: bytes, what: str) -> None:
    """Write an object: all of it at once, as stores do."""
    link().pending = None
    with link().unsealed():
        link().flush()
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        line, place = link().place()
        link().pending = (what, line, place)
        link().flush()


def removed(path: str, what: str) -> None:
    """Delete an object; one that is not there is no error."""
    with link().unsealed():
        link().flush()
        if os.path.exists(path):
            os.remove(path)
        line, place = link().place()
        link().pending = (what, line, place)
        link().flush()


def data_of(path: str) -> bytes:
    link().seal.on_read(path)
    with link().unsealed(), open(path, "rb") as file:
        return file.read()


def keys_of(protocol: str, bucket: str, prefix: str = "") -> list[str]:
    """The keys in a bucket that begin with a prefix, sorted."""
    root = os.path.join(folder_of(protocol), bucket)
    with link().unsealed():
        found = [os.path.relpath(os.path.join(folder, name), root) for folder, _, names in os.walk(root) for name in names]
    return sorted(key for key in found if key.startswith(prefix or ""))


class S3Hook:
    """The methods of Airflow's S3Hook that scripts use."""

    def __init__(self, *_: Any, **__: Any) -> None:
        """Credentials are not asked for."""

    def load_bytes(self, bytes_data: bytes, key: str, bucket_name: str | None = None, replace: bool = False, **_: Any) -> None:
        path = path_of("s3", bucket_name, key)
        if not replace and os.path.exists(path):
            raise ValueError(f"The key {key} already exists.")
        put(path, bytes(bytes_data), f"load to {key}")

    def load_string(
        self,
        string_data: str,
        key: str,
        bucket_name: str | None = None,
        replace: bool = False,
        encrypt: bool = False,
        encoding: str = "utf-8",
        **_: Any,
    ) -> None:
        self.load_bytes(string_data.encode(encoding or "utf-8"), key, bucket_name, replace)

    def load_file(self, filename: Any, key: str, bucket_name: str | None = None, replace: bool = False, **_: Any) -> None:
        with open(filename, "rb") as file:
            self.load_bytes(file.read(), key, bucket_name, replace)

    def load_file_obj(self, file_obj: Any, key: str, bucket_name: str | None = None, replace: bool = False, **_: Any) -> None:
        data = file_obj.read()
        self.load_bytes(data if isinstance(data, bytes) else data.encode(), key, bucket_name, replace)

    def read_key(self, key: str, bucket_name: str | None = None) -> str:
        return data_of(path_of("s3", bucket_name, key)).decode()

    def check_for_key(self, key: str, bucket_name: str | None = None) -> bool:
        return os.path.exists(path_of("s3", bucket_name, key))

    def check_for_bucket(self, bucket_name: str | None = None) -> bool:
        return True

    def create_bucket(self, *_: Any, **__: Any) -> None:
        """Every bucket is there."""

    def check_for_wildcard_key(self, wildcard_key: str, bucket_name: str | None = None, delimiter: str = "") -> bool:
        return any(fnmatch.fnmatch(key, wildcard_key) for key in self.list_keys(bucket_name))

    def list_keys(self, bucket_name: str | None = None, prefix: str | None = None, *_: Any, **__: Any) -> list[str]:
        return keys_of("s3", bucket_name or "", prefix or "")

    def delete_objects(self, bucket: str, keys: Any) -> None:
        for key in [keys] if isinstance(keys, str) else list(keys or ()):
            removed(path_of("s3", bucket, key), f"delete {key}")

    def copy_object(
        self,
        source_bucket_key: str,
        dest_bucket_key: str,
        source_bucket_name: str | None = None,
        dest_bucket_name: str | None = None,
        **_: Any,
    ) -> None:
        put(
            path_of("s3", dest_bucket_name, dest_bucket_key),
            data_of(path_of("s3", source_bucket_name, source_bucket_key)),
            f"copy to {dest_bucket_key}",
        )

    def download_file(self, key: str, bucket_name: str | None = None, local_path: str | None = None, **_: Any) -> str:
        target = os.path.join(local_path or os.path.join(link().seal.root, ".temporary"), os.path.basename(key))
        with open(target, "wb") as file:
            file.write(data_of(path_of("s3", bucket_name, key)))
        return target

    def get_key(self, key: str, bucket_name: str | None = None) -> Any:
        path = path_of("s3", bucket_name, key)
        return type("Key", (), {"key": key, "get": lambda self: {"Body": io.BytesIO(data_of(path))}})()

    def get_conn(self) -> S3Client:
        return S3Client()

    conn = property(get_conn)

    def get_client_type(self, *_: Any, **__: Any) -> S3Client:
        return S3Client()


class S3Client:
    """The methods of boto3's S3 client that scripts use."""

    def put_object(self, *, Bucket: str, Key: str, Body: Any = b"", **_: Any) -> dict[str, Any]:  # noqa: N803 - boto3's own names
        data = Body.read() if hasattr(Body, "read") else Body
        put(path_of("s3", Bucket, Key), data if isinstance(data, bytes) else data.encode(), f"put of {Key}")
        return {}

    def get_object(self, *, Bucket: str, Key: str, **_: Any) -> dict[str, Any]:  # noqa: N803 - as above
        return {"Body": io.BytesIO(data_of(path_of("s3", Bucket, Key)))}

    def upload_file(self, Filename: str, Bucket: str, Key: str, **_: Any) -> None:  # noqa: N803 - as above
        with open(Filename, "rb") as file:
            self.put_object(Bucket=Bucket, Key=Key, Body=file)

    def upload_fileobj(self, Fileobj: Any, Bucket: str, Key: str, **_: Any) -> None:  # noqa: N803 - as above
        self.put_object(Bucket=Bucket, Key=Key, Body=Fileobj)

    def download_file(self, Bucket: str, Key: str, Filename: str, **_: Any) -> None:  # noqa: N803 - as above
        with open(Filename, "wb") as file:
            file.write(data_of(path_of("s3", Bucket, Key)))

    def delete_object(self, *, Bucket: str, Key: str, **_: Any) -> dict[str, Any]:  # noqa: N803 - as above
        removed(path_of("s3", Bucket, Key), f"delete {Key}")
        return {}

    def list_objects_v2(self, *, Bucket: str, Prefix: str = "", **_: Any) -> dict[str, Any]:  # noqa: N803 - as above
        keys = keys_of("s3", Bucket, Prefix)
        return {"Contents": [{"Key": key} for key in keys], "KeyCount": len(keys), "IsTruncated": False}

    list_objects = list_objects_v2


class GCSHook:
    """The methods of Airflow's GCSHook that scripts use."""

    def __init__(self, *_: Any, **__: Any) -> None:
        """Credentials are not asked for."""

    def upload(self, bucket_name: str, object_name: str, filename: Any = None, data: Any = None, **_: Any) -> None:
        if filename is not None:
            with open(filename, "rb") as file:
                data = file.read()
        put(path_of("gs", bucket_name, object_name), data if isinstance(data, bytes) else str(data).encode(), f"upload of {object_name}")

    def download(self, bucket_name: str, object_name: str, filename: Any = None, **_: Any) -> Any:
        data = data_of(path_of("gs", bucket_name, object_name))
        if filename is None:
            return data
        with open(filename, "wb") as file:
            file.write(data)
        return filename

    def exists(self, bucket_name: str, object_name: str, **_: Any) -> bool:
        return os.path.exists(path_of("gs", bucket_name, object_name))

    def list(self, bucket_name: str, *_: Any, prefix: str | None = None, **__: Any) -> list[str]:
        return keys_of("gs", bucket_name, prefix or "")

    def delete(self, bucket_name: str, object_name: str, **_: Any) -> None:
        removed(path_of("gs", bucket_name, object_name), f"delete {object_name}")

    def copy(
        self, source_bucket: str, source_object: str, destination_bucket: str | None = None, destination_object: str | None = None
    ) -> None:
        target = path_of("gs", destination_bucket or source_bucket, destination_object or source_object)
        put(target, data_of(path_of("gs", source_bucket, source_object)), f"copy to {destination_object or source_object}")


def object_path(text: Any, *args: Any, **kwargs: Any) -> Any:
    """Airflow's `ObjectStoragePath("s3://connection@bucket/key")` as a path of the folder that stands for the store."""
    from pathlib import Path

    protocol, _, address = str(text).partition("://")
    bucket, slash, key = address.partition("/")
    path = Path(path_of(protocol, bucket.rpartition("@")[2], key)) if slash else Path(folder_of(protocol), bucket)
    with link().unsealed():
        path.parent.mkdir(parents=True, exist_ok=True)
    return path
