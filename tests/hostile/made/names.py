"""Names of uploaded files: never paths, never markup."""

from collections.abc import Mapping
from types import MappingProxyType

FILE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "climbing": "../../etc/<img src=http://example.com/a onerror=alert(1)>.safetensors",
        "picture": "![](http://example.com/a.png).safetensors",
        "link": "[a](javascript:alert(1)).safetensors",
        "script": "</script><script>alert(1)</script>.safetensors",
        "formula": '=HYPERLINK("http://example.com").safetensors',
        "backwards": "model\u202esrotnesrefas.exe",
        "zero": "model.safetensors\0.exe",
        "lines": "model\r\nSet-Cookie: a=b.safetensors",
        "long": "m" * 5_000 + ".safetensors",
        "drive": "C:\\Windows\\system32\\config.safetensors",
        "nothing": "",
        "dots": "..",
    }
)
