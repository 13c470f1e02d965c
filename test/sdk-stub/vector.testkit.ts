/** Made by hand (fillers of 7, 3 and 5 characters) and opened by the real Linux Finance SDK. */
export const FIXED_VECTOR = {
  key: 'ABEiM0RVZneImaq7zN3u/6FVfVgO5EUGorv79YP4sZXndn5pHtqpDnV5OEqHc3BcQ6rnXGwcRkugxrlFmA/yFw==',
  message:
    'PPPPPPPPPPPPPabcdefghijklmnopqrstuvwxyz012345QQQQQQQ/+7RRRdzLuqmYh3ZlVEMyIRABZX6vwg2DPcVGlBxQFiDkySfQVb0hJ06Wo1lMW6OInayijIf/7HEHWgig3jWPPrzVEkNbcnbAmps2tmVF+S6qCi8/TJD71lemD/w866t5ZIN71avpDGhUNxQHDwOI6EfQ==SSSSS',
  plaintext: '{"msgid":"sim-1_1700000000000","action":"send","msgtype":"text","text":{"content":"你好"}}',
} as const;
