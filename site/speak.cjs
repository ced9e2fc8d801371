// Says formulas in words: reads a JSON list of TeX from standard input, writes a JSON
// list of {words} or {error}. argv: the folder of the npm packages.

const { createRequire } = require("module");
const { resolve } = require("path");

const modules = createRequire(resolve(process.argv[2], "here.js"));
const MathJax = modules("mathjax");
const engine = modules("speech-rule-engine");

const input = () => JSON.parse(require("fs").readFileSync(0, "utf-8"));
const MARK = /\\(?:tag\{[^}]*\}|label\{[^}]*\}|qquad|quad|,|;|!)/g;

function said(tex) {
  try {
    // as the page draws it, with its number; then as it is said, without
    const drawn = MathJax.tex2mml(tex, { display: true });
    if (drawn.includes("<merror")) return { error: `no TeX: ${tex}` };
    const mathml = MathJax.tex2mml(tex.replace(MARK, " "), { display: true });
    return { words: engine.toSpeech(mathml) };
  } catch (reason) {
    return { error: `${reason.message}: ${tex}` };
  }
}

async function main() {
  await MathJax.init({
    loader: { load: ["input/tex", "[tex]/ams"], versionWarnings: false },
    tex: {
      packages: { "[-]": ["noundefined", "noerrors", "autoload", "require"] },
      formatError: (_, error) => {
        throw error;
      },
    },
    startup: { typeset: false },
  });
  await engine.setupEngine({ locale: "en", modality: "speech" });
  await engine.setupEngine({ domain: "clearspeak", style: "default" });
  await engine.engineReady();
  process.stdout.write(JSON.stringify(input().map(said)));
}

main();
