"""The page's modules as one script: what is understood, and what is refused."""

from __future__ import annotations

import pytest

from harness.report.bundle import BundleError, bundle


def join(**modules: str) -> str:
    files = {f"{name.replace('__', '/')}.js": text for name, text in modules.items()}
    return bundle("main.js", files.__getitem__)


def test_what_is_imported_comes_first_and_each_module_once() -> None:
    text = join(
        main='import { a } from "./a.js";\nimport { b } from "./b.js";\na(b);\n',
        a='import { b } from "./b.js";\nexport function a() { return b; }\n',
        b="export const b = 1;\n",
    )
    assert text.index("const b = 1") < text.index("function a()") < text.index("a(b);")
    assert text.count("const b = 1") == 1
    assert "import" not in text
    assert "export" not in text


def test_a_folder_above_is_found_and_names_can_be_changed() -> None:
    text = join(
        main='import { draw as show } from "./views/one.js";\nshow();\n',
        views__one='import { x } from "../x.js";\nexport function draw() { return x; }\n',
        x="export const x = 1, y = 2;\n",
    )
    assert "const {draw: show} = module1;" in text
    assert "return { x };" in text


def test_every_kind_of_declaration_and_a_list_at_the_end_are_exports() -> None:
    text = join(
        main='import { a, b, c, d, f, html } from "./a.js";\n',
        a="export class a {}\nexport let b = 1;\nexport const c = 2;\nexport async function d() {}\n"
        "export function* f() {}\nconst x = 1;export{x as html};\n",
    )
    assert "return { a, b, c, d, f, html: x };" in text


@pytest.mark.parametrize(
    "line",
    [
        'import x from "./a.js";',
        'import * as a from "./a.js";',
        'import "./a.js";',
        'import { a } from "library";',
        "export default 1;",
        'export * from "./a.js";',
    ],
)
def test_another_form_is_an_error_that_names_module_and_line(line: str) -> None:
    with pytest.raises(BundleError, match=r"main\.js: not understood") as caught:
        join(main=f"{line}\n", a="export const a = 1;\n")
    assert line in str(caught.value)


def test_modules_that_import_each_other_are_an_error_that_names_the_circle() -> None:
    with pytest.raises(BundleError, match=r"main\.js → a\.js → b\.js → a\.js"):
        join(
            main='import { a } from "./a.js";\n',
            a='import { b } from "./b.js";\nexport const a = b;\n',
            b='import { a } from "./a.js";\nexport const b = a;\n',
        )


def test_the_modules_of_the_page_are_joined() -> None:
    text = bundle()
    assert "class Model" in text
    assert "lit-html" in text or "lit$" in text
