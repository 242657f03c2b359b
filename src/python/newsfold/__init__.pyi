from os import PathLike
from typing import Literal, Protocol, TypedDict, final, overload
from typing_extensions import Unpack
import datetime

__all__ = ["Array", "Index", "Table", "__version__", "band_keys", "dedup", "events", "signatures"]

__version__: str

class _Stream(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

class _Array(Protocol):
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...

class _Params(TypedDict, total=False):
    """The program's options; one that is None is as if it were not given."""

    threshold: float | None
    width: int | None
    containment: float | None
    linkage: Literal["components", "representative"] | None
    keep: Literal["earliest", "longest", "first"] | None
    prefer_source: str | list[str] | None
    recall: float | None
    slots: int | None
    bands: int | None
    rows: int | None
    learn_boilerplate: bool | None
    keep_boilerplate: bool | None
    id_field: str | None
    text_field: str | None
    title_field: str | None
    published_field: str | None
    source_field: str | None
    url_field: str | None
    lang_field: str | None
    embedding_field: str | None
    newest: str | datetime.date | None
    max_record_bytes: int | None
    threads: int | None
    memory: int | None
    temp: str | PathLike[str] | None

def dedup(table: _Stream | _Array, **params: Unpack[_Params]) -> Table: ...
def events(table: _Stream | _Array, **params: Unpack[_Params]) -> Table: ...
def signatures(array: _Stream | _Array, **params: Unpack[_Params]) -> Array: ...
def band_keys(array: _Stream | _Array, **params: Unpack[_Params]) -> Array: ...

@final
class Table:
    @property
    def num_rows(self) -> int: ...
    @property
    def column_names(self) -> list[str]: ...
    def __len__(self) -> int: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

@final
class Array:
    def __len__(self) -> int: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...

@final
class Index:
    def __new__(cls, **params: Unpack[_Params]) -> Index: ...
    @overload
    def insert(self, id: str, text: str, *, title: str = "") -> list[tuple[str, float]]: ...
    @overload
    def insert(self, id: _Stream | _Array, text: None = None) -> Table: ...
    def query(self, text: str, *, title: str = "") -> list[tuple[str, float]]: ...
    def save(self, path: str | PathLike[str]) -> None: ...
    @staticmethod
    def load(path: str | PathLike[str], *, threads: int | None = None) -> Index: ...
    @property
    def threshold(self) -> float: ...
    def __len__(self) -> int: ...
    def __contains__(self, id: str, /) -> bool: ...
