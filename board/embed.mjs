// Writes the built board as C++ (assets.h): node embed.mjs DIST OUT.cc
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const limit = 200 * 1024; // of all files, compressed
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const [dist, out] = process.argv.slice(2);
const files = readdirSync(dist, { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  .sort();

// A string literal; octal escapes, since they end after three digits.
function literal(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 64) {
    const chunk = [...bytes.subarray(at, at + 64)];
    lines.push('"' + chunk.map((byte) => '\\' + byte.toString(8).padStart(3, '0')).join('') + '"');
  }
  return lines.join('\n    ') || '""';
}

let total = 0;
const arrays = [];
const assets = files.map((file, i) => {
  const type = types[extname(file)];
  if (!type) throw new Error(`${file}: no type is known for it`);
  const identity = readFileSync(file);
  const gzip = gzipSync(identity, { level: 9 });
  const brotli = brotliCompressSync(identity, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  total += Math.min(gzip.length, identity.length);
  const view = (name, bytes) => {
    if (name !== 'identity' && bytes.length >= identity.length) return '""';
    arrays.push(`constexpr char k${i}_${name}[] =\n    ${literal(bytes)};\n`);
    return `std::string_view(k${i}_${name}, ${bytes.length})`;
  };
  const path = '/' + relative(dist, file).replaceAll('\\', '/').replace(/^index\.html$/, '');
  const etag = createHash('sha256').update(identity).digest('hex').slice(0, 16);
  const views = [view('identity', identity), view('gzip', gzip), view('brotli', brotli)];
  return `    {"${path}", "${type}", "\\"${etag}\\"", ${views.join(', ')}},`;
});
if (total > limit) throw new Error(`the board is ${total} bytes compressed, above ${limit}`);

writeFileSync(
  out,
  `// Made by board/embed.mjs.
#include "board/assets.h"

namespace pagepulse {
namespace {

${arrays.join('\n')}
constexpr BoardAsset kAssets[] = {
${assets.join('\n')}
};

}  // namespace

std::span<const BoardAsset> BoardAssets() { return kAssets; }

}  // namespace pagepulse
`,
);
console.log(`board: ${files.length} files, ${total} bytes gzip`);
