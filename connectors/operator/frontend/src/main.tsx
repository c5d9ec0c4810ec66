import { render } from "preact";
import "../../../webchat/frontend/src/tokens.css";
import "../../../webchat/frontend/src/markdown.css";
import "./console.css";
import { App } from "./app";
import { boot } from "./store";

render(<App />, document.getElementById("app")!);
void boot();
