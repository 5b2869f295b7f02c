import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { nothingSortable, usedMessages } from './leave-out.ts'

/** Two pages: signing in, which is small and plain, and the console itself. */
export default defineConfig({
  base: '/console/',
  plugins: [react(), usedMessages(), nothingSortable()],
  build: {
    target: 'es2024',
    manifest: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ['index.html', 'sign-in.html'] },
  },
})
