"""What pydantic makes of a program's models, the evaluator makes of them too."""

import pytest

from dagcheck.model.values import Unknown
from tests.unit.evaluate.running import python, value

START = """
import datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, Union
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, computed_field, field_validator, model_validator
"""
PROGRAMS = {
    "values_are_converted": """
class M(BaseModel):
    a: int
    b: float = 1
    c: bool = False
    d: list[int] = []
    e: dict[str, float] = {}
    f: Optional[str] = None
    g: tuple[int, ...] = ()
    h: datetime.date | None = None
    i: "int | str" = 3
    j: Literal["x", "y"] = "x"
    k: set[str] = set()
    l: datetime.datetime = datetime.datetime(2024, 1, 1)
    m: datetime.timedelta = datetime.timedelta()
    n: Any = None
    o: Union[int, list[int]] = 0
    p: Annotated[int, Field(gt=0)] = 1
x = M(a="5", b=3, c="yes", d=("1", 2), e={"q": "2.5"}, g=["7"], h="2024-02-03", i="7", k=["z"], l="2024-05-06T07:08:09", m=90, n=[1], o=["4"], p="8").model_dump()
y = M(a=2.0, c=1).model_dump()
""",
    "what_does_not_fit_is_refused": """
class M(BaseModel):
    a: int
    b: Literal["x"] = "x"
    c: list[str] = []
def refuses(**given):
    try:
        M(**given)
        return False
    except ValidationError:
        return True
x = [refuses(a=1), refuses(), refuses(a="no"), refuses(a=1, b="z"), refuses(a=1, c=5), refuses(a=[1])]
""",
    "models_and_enums_nest": """
class Kind(Enum):
    A = "a"
    B = "b"
class In(BaseModel):
    n: str
    kind: Kind = Kind.A
class Out(BaseModel):
    one: In
    many: list[In] = Field(default_factory=list)
    named: dict[str, In] = {}
o = Out(one={"n": "x", "kind": "b"}, many=[{"n": "y"}, In(n="z")], named={"k": {"n": "w"}})
x = [o.one.kind is Kind.B, [i.n for i in o.many], o.named["k"].n, o.model_dump()["many"][0]["n"], isinstance(o.many[0], In)]
""",
    "validators_run_in_order": """
class M(BaseModel):
    a: str
    b: list[str] = []
    c: int = 1
    @field_validator("a", "c", mode="after")
    @classmethod
    def third(cls, v):
        return v + v
    @field_validator("b", mode="before")
    @classmethod
    def split(cls, v):
        return v.split(",") if isinstance(v, str) else v
    @field_validator("a", mode="before")
    @classmethod
    def first(cls, v):
        return str(v).strip()
    @field_validator("a")
    @classmethod
    def fourth(cls, v, info):
        return v + "!" + info.field_name + str(len(info.data))
    @model_validator(mode="before")
    @classmethod
    def early(cls, data):
        return {**data, "c": data.get("c", 5)}
    @model_validator(mode="after")
    def late(self):
        if self.c > 100:
            raise ValueError("too many")
        return self
x = M(a=" q ", b="m,n").model_dump()
try:
    M(a="q", c=60)
    y = "taken"
except ValueError:
    y = "refused"
""",
    "defaults_are_not_validated": """
class M(BaseModel):
    a: int = "5"
    b: list = []
    @field_validator("b")
    @classmethod
    def more(cls, v):
        return [*v, 1]
x = M().model_dump()
y = M(b=[0]).model_dump()
z = M().b is M().b
""",
    "models_as_data": """
class M(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int = 1
    b: Optional[int] = None
    c: int = Field(default=3, alias="see")
    _p: list = PrivateAttr(default_factory=list)
    @computed_field
    @property
    def d(self) -> int:
        return self.a + self.c
m = M(a=2, see=4, more="q")
x = [m.model_dump(), m.model_dump(exclude_none=True), m.model_dump(include={"a"}), m.model_dump(exclude={"a"}), m.model_dump(by_alias=True)]
y = [m.model_copy(update={"a": 9}).a, m == M(a=2, see=4, more="q"), m == M(a=3, see=4), sorted(m.model_fields_set), m._p]
z = M.model_validate({"a": "7"}).a, M.model_validate_json('{"a": 8}').a
""",
    "models_that_derive": """
class Base(BaseModel):
    a: str
    @field_validator("a")
    @classmethod
    def up(cls, v): return v.upper()
class Sub(Base):
    b: int = 0
    def model_post_init(self, context):
        self.b += 1
class Strict(Sub, extra="forbid"):
    c: Path = Path("q")
x = Sub(a="q", b="4").model_dump()
s = Strict(a="z", c="/d/e.txt")
y = [s.a, s.b, s.c.name]
try:
    Strict(a="z", d=1)
    z = 0
except ValidationError:
    z = 1
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.filterwarnings("ignore")
def test_a_model_holds_what_pydantic_gives_it(name: str) -> None:
    source = START + PROGRAMS[name]
    real = python(source)
    for one in ("x", "y", "z"):
        if one in real:
            assert value(source, one) == real[one]


@pytest.mark.parametrize(
    "model",
    [
        "a: int\n    @field_validator('a', mode='wrap')\n    @classmethod\n    def v(cls, v, handler): return 3",
        "a: int\n    model_config = ConfigDict(alias_generator=lambda n: n)",
        "a: 'Annotated[int, AfterValidator(lambda v: v + 1)]'",
    ],
)
def test_what_is_not_followed_is_not_known(model: str) -> None:
    assert isinstance(value(f"{START}\nclass M(BaseModel):\n    {model}\nx = M(a=1).a"), Unknown)


def test_settings_come_from_the_environment() -> None:
    source = (
        "from pydantic_settings import BaseSettings, SettingsConfigDict\n"
        "class S(BaseSettings):\n"
        "    model_config = SettingsConfigDict(env_prefix='AF_')\n"
        "    size: int = 1\n"
        "    names: list[str] = []\n"
        "    other: str = 'd'\n"
        "s = S()\n"
        "x = s.size, s.names, s.other"
    )
    assert value(source, env={"AF_SIZE": "7", "AF_NAMES": '["a", "b"]', "OTHER": "no"}) == (7, ["a", "b"], "d")
