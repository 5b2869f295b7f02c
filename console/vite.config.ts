import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Two pages: signing in, which is small and plain, and the console itself. */
export default defineConfig({
  base: '/console/',
  plugins: [react()],
  build: {
    target: 'es2024',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ['index.html', 'sign-in.html'] },
  },
})
