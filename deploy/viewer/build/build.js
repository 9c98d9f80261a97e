// Builds ../page/vendor/echarts.js from the versions pinned in package-lock.json: `npm ci --ignore-scripts && npm run build`.
import { readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const { version } = JSON.parse(readFileSync("node_modules/echarts/package.json", "utf8"));

await build({
  entryPoints: ["charts.js"],
  outfile: "../page/vendor/echarts.js",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "none",
  banner: { js: `/*! Apache ECharts ${version}, Apache-2.0, see LICENSE-echarts.txt */` },
});
for (const [from, to] of [
  ["echarts/LICENSE", "LICENSE-echarts.txt"],
  ["echarts/NOTICE", "NOTICE-echarts.txt"],
  ["echarts/licenses/LICENSE-d3", "LICENSE-d3.txt"],
  ["zrender/LICENSE", "LICENSE-zrender.txt"],
]) {
  writeFileSync(`../page/vendor/${to}`, readFileSync(`node_modules/${from}`));
}
