/** Light or dark: as the address says, else as the person's system has it, also when that changes. */

export function keepTheme(): void {
  const asked = document.documentElement.dataset.theme;
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const show = (): void => {
    document.body.dataset.jpThemeLight = String(asked ? asked === 'light' : !system.matches);
  };
  system.addEventListener('change', show);
  show();
}
