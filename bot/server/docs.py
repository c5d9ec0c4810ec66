"""`/docs`: the API's documentation, with the viewer's files from a package: it works offline."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.staticfiles import StaticFiles
from starlette.responses import HTMLResponse
from swagger_ui_bundle import swagger_ui_path

FILES = "/docs/files"


def add_docs(app: FastAPI) -> None:
    """Add `/docs` to an application that was made with `docs_url=None`."""
    # The packaged viewer (Swagger UI 4) reads OpenAPI 3.0.
    app.openapi_version = "3.0.3"
    app.mount(FILES, StaticFiles(directory=swagger_ui_path), name="docs files")
    app.get("/docs", include_in_schema=False)(_page)


async def _page() -> HTMLResponse:
    """Return the viewer."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Frontdesk API",
        swagger_js_url=f"{FILES}/swagger-ui-bundle.js",
        swagger_css_url=f"{FILES}/swagger-ui.css",
        swagger_favicon_url=f"{FILES}/favicon-32x32.png",
    )
