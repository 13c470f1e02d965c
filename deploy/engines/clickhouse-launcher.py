"""Runs the ClickHouse engine inside libchdb.so as `clickhouse local`: argv[1] is the library, the rest its arguments."""
import ctypes
import sys

library = ctypes.CDLL(sys.argv[1])
arguments = [b"clickhouse-local"] + [word.encode() for word in sys.argv[2:]]
sys.exit(library.chdb_query_cmdline(len(arguments), (ctypes.c_char_p * (len(arguments) + 1))(*arguments, None)))
