"""Clients of databases: statements, and commands of the client that run programs, in arguments and input."""

from __future__ import annotations

from gitflow.definitions.shell.options import row

_SQL = "it reads its arguments and its input as statements, and as commands some of which run programs"

ROWS = [
    *row(
        "sqlite3, sqlite, sqldiff, duckdb, spatialite, sqlcipher, sqlite-utils, litecli, chdb, limbo",
        "DC",
        """
        ~init$ ~cmd! ~batch ~bail ~csv ~json ~header ~noheader ~line ~list ~column ~table ~box ~markdown ~html
        ~readonly ~separator: ~newline: ~nullvalue: ~safe ~echo ~interactive ~version ~help -c! -f$ -s!
        """,
        stdin="always",
        is_strict=True,
        ends="",
        why=_SQL,
        advice="bind the value to a parameter in a program: `python3 ./insert.py @`",
    ),
    *row(
        "psql",
        "D",
        """
        -aAbeElnqsStwWxXzHV0 -c! -f$ -vo! -dhpULFRTP: -i? --command! --file$ --set! --variable! --dbname: --host:
        --port: --username: --no-password --password --output! --log-file: --no-psqlrc --quiet --tuples-only
        --no-align --csv --html --expanded --single-transaction --echo-all --echo-errors --echo-queries
        --single-step --single-line --field-separator: --record-separator: --pset! --table-attr: --version --help
        --list
        """,
        stdin="always",
        is_strict=True,
        why=_SQL,
        advice="read it in the script with \\getenv, and use it as :'x': `x=@ psql -f ./insert.sql`",
    ),
    *row(
        """
        pgcli, usql, vsql, gsql, ysqlsh, cockroach, createdb, dropdb, pgbench, ksql, ksqldb, presto, trino, beeline,
        hive, spark-sql, snowsql, bq, isql, osql, sqlcmd, bcp, tsql, sqsh, sqlplus, sqlldr, sqlcl, rman, expdp,
        impdp, db2, fbsql, isql-fb, mclient, monetdb, nzsql, impala-shell, phoenix-sqlline, sqlline, drill, rqlite,
        mssql-cli
        """,
        "C",
        """
        -aAbeElnqsStwWxXzHV0 -c! -f$ -vo! -dhpULFRTP: -i? --command! --file$ --set! --variable! --dbname! --host:
        --port: --username: --no-password --password --output! --log-file: --no-psqlrc --quiet --tuples-only
        --no-align --csv --html --expanded --single-transaction --echo-all --echo-errors --echo-queries
        --single-step --single-line --field-separator: --record-separator: --pset! --table-attr: --version --help
        --list
        """,
        stdin="always",
        is_strict=True,
        why=_SQL,
        advice="read it in the script with \\getenv, and use it as :'x': `x=@ psql -f ./insert.sql`",
    ),
    *row(
        """
        mysql, mariadb, mycli, mysqlsh, mysqladmin, mariadb-admin, mysqldump, mariadb-dump, mysqlimport, mysqlslap,
        mysqlcheck
        """,
        "C",
        """
        -ABbCcEGHfijLnNoqrsStUvVwWXt -e! -DhPSu: -p? -h: --execute! --init-command! --defaults-file$
        --defaults-extra-file$ --defaults-group-suffix: --login-path: --plugin-dir! --host: --port: --user:
        --password? --database: --socket: --protocol: --batch --silent --raw --skip-column-names --table --html
        --xml --force --pager* --tee: --ssl-ca: --ssl-cert: --ssl-key: --ssl-mode: --default-character-set:
        --connect-timeout: --compress --verbose --version --help
        """,
        stdin="always",
        is_strict=True,
        why=_SQL,
        advice="bind the value to a parameter in a program: `python3 ./insert.py @`",
    ),
    *row(
        """
        mongo, mongosh, redis-cli, valkey-cli, keydb-cli, clickhouse-client, clickhouse-local, clickhouse, influx,
        cqlsh, cypher-shell, neo4j-shell, arangosh, couchbase-cli, cbq, couchdb, etcdctl, orientdb, rethinkdb,
        surreal, edgedb, gel, memgraph, mgconsole, dgraph, arangodb, tarantool, tarantoolctl, nebula-console,
        ldapmodify, ldapadd, hbase, pig, spark-shell, pyspark, spark-submit, sparkR, flink, ksql-cli, zkCli.sh, kcat
        """,
        "C",
        stdin="always",
        why="it reads its arguments and its input as code or as commands",
        advice="bind the value to a parameter in a program: `python3 ./insert.py @`",
    ),
]
