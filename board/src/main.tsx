import { render } from 'preact';
import { App } from './app.tsx';
import { applyTheme, savedTheme } from './components/settings.tsx';
import 'uplot/dist/uPlot.min.css';
import './style.css';

applyTheme(savedTheme());
render(<App />, document.getElementById('app')!);
