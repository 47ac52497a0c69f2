/* [data-copy]: a textarea, a button with data-done and data-fail, a status line. The button shows only where it works. */
(() => {
  document.querySelectorAll('[data-copy]').forEach((box) => {
    const area = box.querySelector('textarea');
    const button = box.querySelector('button');
    const status = box.querySelector('[role=status]');
    button.hidden = false;
    const say = (worked) => { status.textContent = worked ? button.dataset.done : button.dataset.fail; };
    const byHand = () => {
      area.focus();
      area.select();
      area.setSelectionRange(0, area.value.length);
      let worked = false;
      try { worked = document.execCommand('copy'); } catch (refused) { worked = false; }
      say(worked);
    };
    button.addEventListener('click', () => {
      if (!navigator.clipboard) return byHand();
      return navigator.clipboard.writeText(area.value).then(() => say(true), byHand);
    });
  });
})();
