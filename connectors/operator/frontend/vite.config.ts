import { defineConfig } from "vite";

// File names carry no hash: the build output is committed, and a diff of it should name
// the same three files every time. The server answers with an ETag instead.
export default defineConfig({
  base: "./",
  // The widget's Markdown is ours, too; its elements have to be made by this page's Preact.
  resolve: { dedupe: ["preact"] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../static",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        entryFileNames: "console.js",
        chunkFileNames: "console-[name].js",
        assetFileNames: (asset) =>
          asset.names?.some((name) => name.endsWith(".css")) ? "console.css" : "[name][extname]",
      },
    },
  },
  server: {
    proxy: {
      "/console/api": "http://127.0.0.1:7320",
      "/console/ws": { target: "ws://127.0.0.1:7320", ws: true },
    },
  },
});
