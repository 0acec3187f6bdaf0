import { defineConfig } from 'vitest/config'

// One Hub: files of tests one after the other, each test on a Hub that is as at start.
export default defineConfig({ test: { globalSetup: ['./hub.setup.js'], fileParallelism: false, testTimeout: 30_000 } })
