import { h, render } from 'preact';
import { describe, expect, it } from 'vitest';
import { markdown, safeUrl } from '../src/markdown';

function html(source: string): string {
  const box = document.createElement('div');
  render(h('div', null, ...markdown(source)), box);
  return box.firstElementChild!.innerHTML;
}

describe('markdown', () => {
  it.each([
    ['plain', '<p>plain</p>'],
    ['**bold** and *it* and _it_', '<p><strong>bold</strong> and <em>it</em> and <em>it</em></p>'],
    ['**bold with *nested* word**', '<p><strong>bold with <em>nested</em> word</strong></p>'],
    ['订单**已发货**，请*稍等*。', '<p>订单<strong>已发货</strong>，请<em>稍等</em>。</p>'],
    ['snake_case_name and 2 * 3 * 4', '<p>snake_case_name and 2 * 3 * 4</p>'],
    ['**open', '<p>**open</p>'],
    ['`a*b*`', '<p><code>a*b*</code></p>'],
    ['a\nb\n\nc', '<p>a<br>b</p><p>c</p>'],
    ['- a\n- **b**', '<ul><li>a</li><li><strong>b</strong></li></ul>'],
    ['Steps:\n3. three\n4. four', '<p>Steps:</p><ol start="3"><li>three</li><li>four</li></ol>'],
    ['```\n<b>*x*</b>\n```', '<pre><code>&lt;b&gt;*x*&lt;/b&gt;</code></pre>'],
    ['## Title', '<p><strong>Title</strong></p>'],
    ['\\*not\\*', '<p>*not*</p>'],
    ['> a\n> *b*\nc', '<blockquote><p>a<br><em>b</em></p></blockquote><p>c</p>'],
    ['a\n\n---\nb', '<p>a</p><hr><p>b</p>'],
    ['2 > 1', '<p>2 &gt; 1</p>'],
    ['a | b', '<p>a | b</p>'],
    [
      '| Item | Price |\n|---|--:|\n| **Lamp** \\| red | £1 |\n| Stool |\nafter',
      '<div class="table" tabindex="0"><table><thead><tr><th>Item</th><th class="end">Price</th></tr></thead>' +
        '<tbody><tr><td><strong>Lamp</strong> | red</td><td class="end">£1</td></tr>' +
        '<tr><td>Stool</td><td class="end"></td></tr></tbody></table></div><p>after</p>',
    ],
    ['price 3.50 - 4.00', '<p>price 3.50 - 4.00</p>'],
  ])('%j', (source, expected) => expect(html(source)).toBe(expected));

  it('makes links, and only to allowed schemes', () => {
    expect(html('[docs](https://a.example/x?y=1)')).toContain('<a href="https://a.example/x?y=1"');
    expect(html('[mail](mailto:a@b.example) [call](tel:+4912345)')).toMatch(/href="mailto:.*href="tel:/);
    expect(html('see https://a.example/p.')).toContain('>https://a.example/p</a>.');
    expect(html('见https://a.example/p。')).toContain('href="https://a.example/p"');
    expect(html('[x](https://a.example)')).toContain('rel="noopener noreferrer nofollow"');
  });

  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg/onload=alert(1)>',
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](java\tscript:alert(1))',
    '[x](&#106;avascript:alert(1))',
    '[x](\u0001javascript:alert(1))',
    '[x]( javascript:alert(1))',
    '[x](data:text/html,<script>alert(1)</script>)',
    '[x](vbscript:msgbox(1))',
    '[x](file:///etc/passwd)',
    '[x](//evil.example)',
    '[x](blob:https://a.example/1)',
    '[a](https://x.example" onmouseover="alert(1))',
    '[<img src=x onerror=alert(1)>](https://x.example)',
    '**<b onclick=alert(1)>**',
    '`</code><script>alert(1)</script>`',
    '```\n</code></pre><script>alert(1)</script>\n```',
    '![x](javascript:alert(1))',
    'https://x.example/"onmouseover="alert(1)',
  ])('is inert: %j', (attack) => {
    const box = document.createElement('div');
    render(h('div', null, ...markdown(attack)), box);
    for (const node of box.querySelectorAll('*')) {
      expect(['DIV', 'P', 'A', 'STRONG', 'EM', 'CODE', 'PRE', 'BR', 'UL', 'OL', 'LI']).toContain(node.tagName);
      for (const { name, value } of node.attributes) {
        expect(['href', 'target', 'rel', 'start']).toContain(name);
        if (name === 'href') expect(value).toMatch(/^(https?:\/\/|mailto:|tel:)/);
      }
    }
  });

  it('refuses disguised addresses', () => {
    for (const bad of ['', 'x', '/x', '//x.example', 'http:x', 'https:///x', 'https://a.example/\u202e', ' https://a.example'])
      expect(safeUrl(bad)).toBeNull();
  });

  it.each(['*a ', '**a ', '[a](', '`', '_a_b', '[[[[', '**a*b', 'http://', '- a\n'])('takes hostile repetition of %j in stride', (piece) => {
    const start = performance.now();
    markdown(piece.repeat(20_000 / piece.length));
    expect(performance.now() - start).toBeLessThan(600);
  });
});
