"""The three files of Kaggle's layout: column names and types as H&M has them, written piece by piece."""

import csv
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

ARTICLES = pa.schema(
    [
        ("article_id", pa.string()),
        ("product_code", pa.string()),
        ("prod_name", pa.string()),
        ("product_type_no", pa.int64()),
        ("product_type_name", pa.string()),
        ("product_group_name", pa.string()),
        ("graphical_appearance_no", pa.int64()),
        ("graphical_appearance_name", pa.string()),
        ("colour_group_code", pa.string()),
        ("colour_group_name", pa.string()),
        ("perceived_colour_value_id", pa.int64()),
        ("perceived_colour_value_name", pa.string()),
        ("perceived_colour_master_id", pa.int64()),
        ("perceived_colour_master_name", pa.string()),
        ("department_no", pa.int64()),
        ("department_name", pa.string()),
        ("index_code", pa.string()),
        ("index_name", pa.string()),
        ("index_group_no", pa.int64()),
        ("index_group_name", pa.string()),
        ("section_no", pa.int64()),
        ("section_name", pa.string()),
        ("garment_group_no", pa.int64()),
        ("garment_group_name", pa.string()),
        ("detail_desc", pa.string()),
    ]
)
CUSTOMERS = pa.schema(
    [
        ("customer_id", pa.string()),
        ("FN", pa.float64()),
        ("Active", pa.float64()),
        ("club_member_status", pa.string()),
        ("fashion_news_frequency", pa.string()),
        ("age", pa.int64()),
        ("postal_code", pa.string()),
    ]
)
TRANSACTIONS = pa.schema(
    [
        ("t_dat", pa.date32()),
        ("customer_id", pa.string()),
        ("article_id", pa.string()),
        ("price", pa.float64()),
        ("sales_channel_id", pa.int64()),
    ]
)


class TableFile:
    """One file, Parquet or CSV, that tables of one schema are appended to; a context manager."""

    def __init__(self, directory: Path, name: str, schema: pa.Schema, *, file_format: str):
        self.path = directory / f"{name}.{file_format}"
        self.schema = schema
        if file_format == "parquet":
            self._writer = pa.parquet.ParquetWriter(self.path, schema, compression="zstd", compression_level=1)
            self._append = self._writer.write_table
        else:
            self._writer = self.path.open("wb")
            self._writer.write((",".join(schema.names) + "\n").encode())
            # Texts hold commas and are quoted where needed; Arrow's fast writer quotes all or nothing.
            self._append = self._append_quoted if "detail_desc" in schema.names else self._append_plain

    def append(self, columns: list[pa.Array]) -> None:
        """Append rows given column by column in the schema's order."""
        self._append(pa.table(columns, schema=self.schema))

    def _append_plain(self, table: pa.Table) -> None:
        pa.csv.write_csv(table, self._writer, pa.csv.WriteOptions(include_header=False, quoting_style="none"))

    def _append_quoted(self, table: pa.Table) -> None:
        text = io.StringIO()
        rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
        csv.writer(text, lineterminator="\n").writerows(rows)
        self._writer.write(text.getvalue().encode())

    def __enter__(self) -> "TableFile":
        return self

    def __exit__(self, *exception: object) -> None:
        self._writer.close()
