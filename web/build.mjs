// node web/build.mjs FOLDER: makes what the pages load from web/src: modules with their content's hash in their names, a
// manifest, and each file in the codings in which it is sent. The same sources give the same bytes.
import { readFile, readdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2]);
const common = {
    absWorkingDir: here,
    outdir: out,
    bundle: true,
    minify: true,
    metafile: true,
    format: "esm",
    target: "es2022",
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    legalComments: "none",
    logLevel: "warning",
};

/** Names in web/src (or the name of an entry) to names in server/static. */
function manifestOf(metafile) {
    const found = {};
    for (const [path, made] of Object.entries(metafile.outputs)) {
        if (!made.entryPoint) continue;
        const source = relative("src", made.entryPoint);
        found[source.startsWith("..") ? basename(made.entryPoint) : source.replace(/^style\/main/, "main")] =
            basename(path);
    }
    return found;
}

/** What each module in server/static imports at once, and what that imports: browsers can ask for all of it together. */
function importsOf(metafile) {
    const direct = (path) => metafile.outputs[path].imports.filter(({ kind }) => kind === "import-statement");
    const all = (path, found = new Set()) => {
        for (const each of direct(path)) if (!found.has(each.path)) all(each.path, found.add(each.path));
        return found;
    };
    const modules = Object.keys(metafile.outputs).filter((path) => path.endsWith(".js"));
    return Object.fromEntries(
        modules.map((path) => [basename(path), [...all(path)].map((each) => basename(each)).sort()]),
    );
}

/** The licences of all packages that something in server/static was made from. */
async function licences(metafiles) {
    const inputs = metafiles.flatMap((each) => Object.keys(each.inputs));
    const packages = new Set(inputs.flatMap((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1] ?? []));
    // What MapLibre is made of is in its files already, not among the inputs.
    for (const name of [...packages]) {
        const { dependencies } = JSON.parse(await readFile(join(here, "node_modules", name, "package.json"), "utf8"));
        for (const each of Object.keys(dependencies ?? {})) packages.add(each);
    }
    const texts = [];
    for (const name of [...packages].sort()) {
        const folder = join(here, "node_modules", name);
        const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
        const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each));
        const text = file ? await readFile(join(folder, file), "utf8") : "";
        texts.push(`${name} ${version} (${license})\n\n${text.trim()}\n`);
    }
    return texts.join(`\n${"-".repeat(80)}\n\n`);
}

async function compressed(path) {
    const bytes = await readFile(path);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes, { params }));
    await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }));
}

// The map's worker is a file of its own, so that no page must allow scripts that are made while it runs.
const worker = await build({
    ...common,
    entryPoints: [{ in: "node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs", out: "map-worker" }],
});
const { "maplibre-gl-worker.mjs": workerFile } = manifestOf(worker.metafile);
const pages = await build({
    ...common,
    entryPoints: ["src/main.js", "src/style/main.css"],
    splitting: true,
    define: { WORKER_FILE: JSON.stringify(`./${workerFile}`) },
});
await Promise.all((await readdir(out)).map((name) => compressed(join(out, name))));
await writeFile(join(out, "licences.txt"), await licences([worker.metafile, pages.metafile]));
const manifest = { names: manifestOf(pages.metafile), imports: importsOf(pages.metafile) };
await writeFile(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
