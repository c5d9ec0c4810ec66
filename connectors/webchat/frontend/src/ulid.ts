const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 48 bits of time and 80 random bits, Crockford base 32. */
export function ulid(now = Date.now()): string {
  let id = '';
  for (let i = 0; i < 10; i++) {
    id = ALPHABET[now % 32]! + id;
    now = Math.floor(now / 32);
  }
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) id += ALPHABET[byte % 32]!;
  return id;
}
