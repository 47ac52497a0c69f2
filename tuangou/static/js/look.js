/* Settings: the page shows a size or colour as soon as it is picked; the button keeps it. */
(() => {
  const form = document.querySelector('[data-look]');
  if (!form) return;
  form.addEventListener('change', ({ target }) => {
    const page = document.documentElement.dataset;
    if (target.name === 'size') page.size = target.value;
    if (target.name === 'theme' && target.value === 'auto') delete page.theme;
    else if (target.name === 'theme') page.theme = target.value;
  });
})();
