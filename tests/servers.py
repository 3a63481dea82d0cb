"""Engines that the tests start for themselves, and skip without."""

import getpass
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

LANGUAGE = ("--encoding=UTF8", "--locale-provider=icu", "--icu-locale=en-US")
"""In which capitals and small letters are sorted together, as most servers do."""
CLUSTER = "local-cluster[2,1,1024]"
"""Two workers with a processor and 1,024 MB each, whose executors are processes of their own."""
_QUICK_JAVA = (
    "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    " -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"
)
SPARK = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.extraJavaOptions": _QUICK_JAVA,
    "spark.executor.extraJavaOptions": _QUICK_JAVA,
    "spark.executor.memory": "512m",
    "spark.cores.max": "2",
    "spark.scheduler.minRegisteredResourcesRatio": "1",  # no query begins before both are there
    "spark.default.parallelism": "2",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",  # compiling takes longer than few rows
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.constraintPropagation.enabled": "false",  # so does deriving filters from filters
    "spark.sql.session.timeZone": "UTC",
}


@contextmanager
def postgresql_server():
    """Start a server on a socket of its own; give its URL."""
    found = shutil.which("initdb") or next(
        (str(path) for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")), None
    )
    if found is None:
        pytest.skip("PostgreSQL is not installed")
    pytest.importorskip("adbc_driver_postgresql")
    programs = Path(found).resolve().parent
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))  # a socket's path must be short
    as_user = []
    if getpass.getuser() == "root":
        if shutil.which("runuser") is None:
            pytest.skip("PostgreSQL does not run as root")
        as_user = ["runuser", "-u", "postgres", "--"]
        shutil.chown(folder, "postgres")

    def run(program, *arguments):
        command = [*as_user, str(programs / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)

    data = str(folder / "data")
    run("initdb", "-D", data, "-A", "trust", "-U", "shop", "--no-sync", *LANGUAGE)
    options = f"-c listen_addresses='' -c fsync=off -k {folder}"
    run("pg_ctl", "-D", data, "-l", str(folder / "log"), "-o", options, "-w", "start")
    try:
        yield f"postgresql://shop:hunter2@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


@contextmanager
def spark_session():
    """Start a Spark cluster with two executors, each a Java of its own; give its session."""
    pyspark = pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("Java is not installed")
    from pyspark.sql import SparkSession

    home = _spark_home(Path(pyspark.__file__).parent)
    builder = SparkSession.builder.master(CLUSTER)
    for name, value in SPARK.items():
        builder = builder.config(name, value)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SPARK_HOME", str(home))
        patched.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()
        shutil.rmtree(home)


def _spark_home(package):
    """Return a folder like that of the package, in which the executors may write."""
    home = Path(tempfile.mkdtemp(prefix="spark-"))
    for name in ("bin", "jars", "python"):
        (home / name).symlink_to(package / name)
    return home


def execute(url, *statements):
    """Run statements on a PostgreSQL server."""
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(url) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        connection.commit()
