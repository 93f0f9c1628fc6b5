// One page, several together, or all.

import { useEffect, useRef, useState } from 'preact/hooks';
import { searchBy } from '../fold.ts';
import { formatNumber } from '../format.ts';
import { useLocale } from '../i18n/index.ts';
import type { Page } from '../types.ts';

const atMost = 200; // rows drawn: who has more pages searches

interface PickerProps {
  pages: Page[];
  chosen: string[]; // empty: all
  onChoose: (pages: string[]) => void;
}

export function chosenName(pages: Page[], chosen: string[], all: string, count: (n: string) => string): string {
  const name = (id: string) => pages.find((page) => page.page === id)?.name ?? id;
  if (chosen.length === 0) return pages.length === 1 ? pages[0]!.name : all;
  return chosen.length === 1 ? name(chosen[0]!) : `${count(String(chosen.length))}: ${chosen.map(name).join(', ')}`;
}

export function PagePicker(props: PickerProps) {
  const { t, lang } = useLocale();
  const { pages, chosen, onChoose } = props;
  const [open, setOpen] = useState(false);
  const [search, setSearch] = useState('');
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = (focus: boolean) => {
    setOpen(false);
    setSearch('');
    if (focus) button.current?.focus();
  };
  useEffect(() => {
    if (!open) return;
    box.current?.querySelector<HTMLInputElement>('input[type=search]')?.focus();
    const outside = (event: Event) => !box.current?.contains(event.target as Node) && close(false);
    const escape = (event: KeyboardEvent) => event.key === 'Escape' && close(true);
    document.addEventListener('pointerdown', outside);
    document.addEventListener('focusin', outside);
    document.addEventListener('keydown', escape);
    return () => {
      document.removeEventListener('pointerdown', outside);
      document.removeEventListener('focusin', outside);
      document.removeEventListener('keydown', escape);
    };
  }, [open]);
  const name = chosenName(pages, chosen, t.allPages, t.pagesCount);
  const found = searchBy(pages, search, (page) => [page.name, page.page]);
  const toggle = (id: string) => onChoose(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  const only = (id: string) => {
    onChoose([id]);
    close(true);
  };
  return (
    <div class="picker" ref={box}>
      <button type="button" class="picker-button" title={name} ref={button} aria-expanded={open} aria-haspopup="dialog" onClick={() => (open ? close(false) : setOpen(true))}>
        <span class="sr-only">{t.choosePages}: </span>
        <span class="picker-name">{name}</span>
        <span aria-hidden="true" class="caret">▾</span>
      </button>
      {open && (
        <div class="popover" role="dialog" aria-label={t.choosePages}>
          <input
            type="search"
            class="search"
            placeholder={t.searchPages}
            aria-label={t.searchPages}
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
            onKeyDown={(event) => event.key === 'Enter' && found[0] && only(found[0].page)}
          />
          <label class="picker-row all">
            <input type="checkbox" checked={chosen.length === 0} onChange={() => onChoose([])} />
            <span class="picker-label">{t.allPages}</span>
            <span class="muted small">{formatNumber(pages.length, lang)}</span>
          </label>
          <ul>
            {found.slice(0, atMost).map((page) => (
              <li class="picker-row" key={page.page}>
                <label>
                  <input type="checkbox" checked={chosen.includes(page.page)} onChange={() => toggle(page.page)} />
                  <span class="picker-label">
                    {page.name}
                    {page.name !== page.page && <span class="muted small"> {page.page}</span>}
                  </span>
                </label>
                <button type="button" class="link-button small" aria-label={`${t.only}: ${page.name}`} onClick={() => only(page.page)}>
                  {t.only}
                </button>
              </li>
            ))}
          </ul>
          {found.length === 0 && <p class="muted">{t.noPageFound}</p>}
          {chosen.length !== 1 && pages.length > 1 && <p class="muted small">{t.unionNote}</p>}
        </div>
      )}
    </div>
  );
}
