import { defineConfig } from 'vite';

// PAGEPULSE: the server that `npm run dev` asks.
const server = process.env.PAGEPULSE ?? 'http://127.0.0.1:8080';

export default defineConfig({
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the Content-Security-Policy allows no data: URL
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  optimizeDeps: { esbuildOptions: { target: 'es2022' } }, // of `npm run dev`
  // As if the board came from the server itself: it answers no other site's pages.
  server: { proxy: { '/v1': { target: server, changeOrigin: true, headers: { Origin: server } } } },
});
