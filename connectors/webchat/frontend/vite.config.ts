import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** The launcher needs a few of the tokens: leaves out those loader.css never uses. */
function launcherTokens(): Plugin {
  const source = (name: string): string => readFileSync(resolve(import.meta.dirname, 'src', name), 'utf8');
  return {
    name: 'launcher-tokens',
    enforce: 'pre',
    transform(code, id) {
      if (!/tokens\.css\?inline$/.test(id)) return null;
      const used = new Set<string>();
      const mark = (css: string): void => {
        for (const [, name] of css.matchAll(/var\((--fd-[\w-]+)/g)) {
          if (used.has(name!)) continue;
          used.add(name!);
          for (const [, value] of code.matchAll(new RegExp(`${name}:([^;]*);`, 'g'))) mark(value!);
        }
      };
      mark(source('loader.css'));
      return code.replace(/^\s*(--fd-[\w-]+):[^;]*;\n/gm, (line, name: string) => (used.has(name) ? line : ''));
    },
  };
}

/** The demo shop is a plain page with the same tokens: it gets a copy. */
function demoTokens(): Plugin {
  return {
    name: 'demo-tokens',
    generateBundle() {
      this.emitFile({
        type: 'asset',
        fileName: 'demo/tokens.css',
        source: readFileSync(resolve(import.meta.dirname, 'src/tokens.css'), 'utf8'),
      });
    },
  };
}

// Two self-contained files with fixed names: the classic-script loader and
// the module it imports on the first interaction.
export default defineConfig(({ mode }) => {
  const loader = mode === 'loader';
  return {
    publicDir: false,
    plugins: loader ? [launcherTokens()] : [demoTokens()],
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: resolve(import.meta.dirname, '../static'),
      emptyOutDir: false,
      target: ['es2022', 'safari16.4'],
      modulePreload: false,
      reportCompressedSize: false,
      rolldownOptions: {
        input: resolve(import.meta.dirname, loader ? 'src/loader.ts' : 'src/app.tsx'),
        preserveEntrySignatures: 'strict',
        output: {
          format: loader ? 'iife' : 'es',
          entryFileNames: loader ? 'widget.js' : 'widget-app.js',
        },
      },
    },
    test: { environment: 'happy-dom', include: ['tests/**/*.test.{ts,tsx}'] },
  };
});
